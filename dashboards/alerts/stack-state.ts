import type { Alert, Severity } from './alert.ts';
import { percent, perStack, type Scope, time } from './scope.ts';

/** Alerts on what the operator knows of a stack. */
export const buildStateAlerts = (scope: Scope): readonly Alert[] =>
  scope.input.hasOperator
    ? [
        unwatched(scope),
        notReady(scope),
        progressing(scope),
        budgetExceeded(scope),
        diskFull(scope),
        replicasMissing(scope),
        crashLoop(scope),
        ...(scope.input.hasBackups ? [backupFailed(scope), backupOld(scope), backupMissing(scope)] : []),
        ...(scope.input.hasTls ? [certificateExpires(scope, 'warning'), certificateExpires(scope, 'critical')] : []),
      ]
    : [];

const unwatched = ({ series, input }: Scope): Alert => ({
  name: 'ChatStackUnwatched',
  severity: 'warning',
  component: 'operator',
  expression: `absent(${series('chatstack_condition', 'type="Ready"')})`,
  for: '10m',
  summary: 'No operator tells how the stack is',
  description: `No operator tells of ${input.stack}: it runs on, but nothing is repaired, and alerts on its state are silent.`,
  when: 'no operator tells how the stack is',
  threshold: 'none',
});

/** A condition, whichever process of the operator tells it: an alert goes on when another one takes the lead. */
const conditionOf = ({ series }: Scope, matchers: string): string =>
  `max by (namespace, stack, type, reason) (${series('chatstack_condition', matchers)})`;

/** The condition as it is now, with its reason, where it has been so for long: the age is the condition's own, so restarts of Prometheus do not hide it. */
const lasting = ({ series }: Scope, type: string, condition: string, seconds: number): string =>
  `${condition}\nand on (namespace, stack) (time() - max ${perStack} (${series('chatstack_condition_since_timestamp_seconds', `type="${type}"`)})) > ${seconds}`;

const notReady = (scope: Scope): Alert => ({
  name: 'ChatStackNotReady',
  severity: 'warning',
  component: 'stack',
  expression: lasting(
    scope,
    'Ready',
    `${conditionOf(scope, 'type="Ready",reason!="Suspended"')} == 0`,
    scope.thresholds.notReadySeconds,
  ),
  for: '1m',
  summary: 'The stack is not as it was asked for',
  description: `${scope.input.stack} has not been Ready for ${time(scope.thresholds.notReadySeconds)} or longer, for the reason {{ $labels.reason }}.`,
  when: 'time since the condition Ready stopped being True, suspended stacks left out',
  threshold: `> ${time(scope.thresholds.notReadySeconds)}`,
});

const progressing = (scope: Scope): Alert => ({
  name: 'ChatStackProgressingLong',
  severity: 'warning',
  component: 'stack',
  expression: lasting(
    scope,
    'Progressing',
    `${conditionOf(scope, 'type="Progressing"')} == 1`,
    scope.thresholds.progressingSeconds,
  ),
  for: '1m',
  summary: 'A roll-out does not come to an end',
  description: `${scope.input.stack} has been on its way for ${time(scope.thresholds.progressingSeconds)} or longer, for the reason {{ $labels.reason }}.`,
  when: 'time since the condition Progressing became True',
  threshold: `> ${time(scope.thresholds.progressingSeconds)}`,
});

const budgetExceeded = (scope: Scope): Alert => ({
  name: 'ChatStackBudgetExceeded',
  severity: 'warning',
  component: 'stack',
  expression: `${conditionOf(scope, 'type="BudgetFits",reason="ConnectionsExceedLimit"')} == 0`,
  for: '5m',
  summary: 'The stack asks for more connections than there are',
  description: `The spec of ${scope.input.stack} is refused, because its connections do not fit; what ran before runs on.`,
  when: 'the condition BudgetFits is False',
  threshold: 'False',
});

/** The operator asks Postgres itself, so that it needs no metrics of the kubelet. */
const diskFull = (scope: Scope): Alert => ({
  name: 'ChatStackPostgresDiskFull',
  severity: 'critical',
  component: 'postgres',
  expression: `${conditionOf(scope, 'type="PostgresReady",reason="DiskFull"')} == 0`,
  for: '1m',
  summary: 'The disk of Postgres is full',
  description: `Postgres of ${scope.input.stack} has no room on its disk: what is sent is refused, what is stored can be read.`,
  when: 'whether Postgres finds room for a temporary file of 1 MiB, as the operator asks it',
  threshold: 'none',
});

const replicasMissing = ({ series }: Scope): Alert => {
  const replicas = (word: string) =>
    `max by (namespace, stack, component) (${series(`chatstack_component_${word}_replicas`)})`;
  return {
    name: 'ChatStackReplicasMissing',
    severity: 'warning',
    expression: `${replicas('ready')} < ${replicas('wanted')}`,
    for: '15m',
    summary: 'Fewer replicas run than were asked for',
    description: 'Only {{ $value }} replicas of {{ $labels.component }} are ready, fewer than were asked for.',
    when: 'ready replicas of a component',
    threshold: '< those asked for',
  };
};

/** Of every component, those that watch the stack among them. */
const crashLoop = ({ series, thresholds }: Scope): Alert => ({
  name: 'ChatStackCrashLoop',
  severity: 'warning',
  expression: `sum by (namespace, stack, component) (increase(${series('chatstack_component_restarts_total')}[30m])) >= ${thresholds.restarts}`,
  for: '1m',
  summary: 'A program ends again and again',
  description: 'Containers of {{ $labels.component }} started {{ $value | humanize }} times within 30 minutes.',
  when: 'restarts of a component within 30 min, as the operator sees them',
  threshold: `≥ ${thresholds.restarts}`,
});

const backupFailed = (scope: Scope): Alert => ({
  name: 'ChatStackBackupFailed',
  severity: 'warning',
  component: 'backup',
  expression: `${conditionOf(scope, 'type="Degraded",reason="BackupFailed"')} == 1`,
  for: '1m',
  summary: 'The newest backup failed',
  description: `The newest backup of ${scope.input.stack} failed; those before it are as they were.`,
  when: 'the newest backup failed',
  threshold: 'True',
});

const backupOld = ({ series, input, thresholds }: Scope): Alert => ({
  name: 'ChatStackBackupOld',
  severity: 'critical',
  component: 'backup',
  expression: `time() - max ${perStack} (${series('chatstack_backup_last_success_timestamp_seconds')}) > ${Math.round(thresholds.backupAgeSchedules * input.backupScheduleSeconds)}`,
  for: '5m',
  summary: 'There is no recent backup',
  description: `The newest complete backup is {{ $value | humanizeDuration }} old; there should be one every ${time(input.backupScheduleSeconds)}.`,
  when: 'age of the newest complete backup',
  threshold: `> ${thresholds.backupAgeSchedules} × time between two`,
});

/** Whole minutes as Prometheus writes them. */
const promDuration = (seconds: number): string => {
  const minutes = Math.round(seconds / 60);
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
};

/** A backup that never was has no age: as long as one may be old, one may be missing. */
const backupMissing = ({ series, input, thresholds }: Scope): Alert => ({
  name: 'ChatStackBackupMissing',
  severity: 'critical',
  component: 'backup',
  expression: `max ${perStack} (${series('chatstack_backup_schedule_seconds')}) unless on (namespace, stack) ${series('chatstack_backup_last_success_timestamp_seconds')}`,
  for: promDuration(thresholds.backupAgeSchedules * input.backupScheduleSeconds),
  summary: 'There is no backup',
  description: `${input.stack} never had a complete backup; there should be one every ${time(input.backupScheduleSeconds)}.`,
  when: 'no backup was ever complete',
  threshold: 'none',
});

const certificateExpires = ({ series, input, thresholds }: Scope, severity: Severity): Alert => {
  const share = severity === 'warning' ? thresholds.certificateRenewalWarning : thresholds.certificateRenewalCritical;
  return {
    name: 'ChatStackCertificateExpires',
    severity,
    component: 'stack',
    expression: `min by (namespace, stack, certificate) (${series('chatstack_certificate_expiry_timestamp_seconds')}) - time() < ${Math.round(share * input.certificateRenewBeforeSeconds)}`,
    for: '10m',
    summary: 'A certificate was not renewed',
    description: `The certificate {{ $labels.certificate }} ends in {{ $value | humanizeDuration }}; it should have been renewed ${time(input.certificateRenewBeforeSeconds)} before its end.`,
    when: 'time that a certificate has left, as a share of spec.tls.renewBefore',
    threshold: `< ${percent(share)}`,
  };
};
