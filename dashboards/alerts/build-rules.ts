import type { Alert } from './alert.ts';
import type { AlertInput, AlertLinks, OperatorAlertInput } from './alert-input.ts';
import { dashboardOf } from './dashboards.ts';
import { buildObjectiveAlerts, buildObjectiveRecords, objectiveSeconds } from './objectives.ts';
import { buildOperatorAlerts } from './operator.ts';
import { buildPoolerAlerts } from './poolers.ts';
import { buildPostgresAlerts } from './postgres.ts';
import { buildRedisAlerts } from './redis.ts';
import { buildScope, type Scope } from './scope.ts';
import { buildServiceAlerts } from './service.ts';
import { buildStateAlerts } from './stack-state.ts';
import { buildTargetAlerts } from './targets.ts';
import { buildVolumeAlerts } from './volumes.ts';

/** A rule that keeps the result of an expression as a series of its own. */
export interface RecordingRule {
  /** `level:metric:operation`. */
  readonly record: string;
  readonly expr: string;
  readonly labels?: { readonly [name: string]: string };
}

/** A rule that fires once its expression has had a result for as long as `for`. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
}

/** A group of a Prometheus rules file, in the form of its JSON: `{groups: […]}` is such a file, and the spec of a PrometheusRule. */
export interface RuleGroup {
  readonly name: string;
  /** How often it is evaluated; unset: as Prometheus does by default. */
  readonly interval?: string;
  readonly rules: readonly (RecordingRule | AlertRule)[];
}

/** The alerts of a stack by family, in the order of the index of the runbooks. */
const families: readonly (readonly [name: string, build: (scope: Scope) => readonly Alert[]])[] = [
  ['objectives', buildObjectiveAlerts],
  ['service', buildServiceAlerts],
  ['poolers', buildPoolerAlerts],
  ['postgres', buildPostgresAlerts],
  ['volumes', buildVolumeAlerts],
  ['redis', buildRedisAlerts],
  ['state', buildStateAlerts],
  ['targets', buildTargetAlerts],
];

/** The alerts of one stack, in the order of the index of the runbooks. */
export const listAlerts = (input: AlertInput): readonly Alert[] =>
  families.flatMap(([, build]) => build(buildScope(input)));

const writeAlert = (alert: Alert, labels: AlertRule['labels'], links: AlertLinks): AlertRule => ({
  alert: alert.name,
  expr: alert.expression,
  for: alert.for,
  labels: {
    severity: alert.severity,
    ...labels,
    ...(alert.component && { component: alert.component }),
    ...alert.labels,
  },
  annotations: {
    summary: alert.summary,
    description: alert.description,
    runbook_url: `${links.runbookBase}/${alert.name}.md`,
    ...(links.grafana && { dashboard_url: `${links.grafana}${dashboardOf(alert.component, labels)}` }),
  },
});

/** The recording and alert rules of one stack. Pure: the same input gives the same rules, in the same order. */
export function buildRuleGroups(input: AlertInput): readonly RuleGroup[] {
  const scope = buildScope(input);
  const labels = { namespace: input.namespace, stack: input.stack };
  return families
    .map(([family, build]) => ({ family, alerts: build(scope).map((alert) => writeAlert(alert, labels, input.links)) }))
    .filter(({ alerts }) => alerts.length > 0)
    .map(({ family, alerts }) => ({
      name: `chatstack-${family}`,
      // Rules of a group are evaluated in order, so alerts on objectives see what was recorded just before.
      ...(family === 'objectives'
        ? { interval: `${objectiveSeconds}s`, rules: [...buildObjectiveRecords(scope), ...alerts] }
        : { rules: alerts }),
    }));
}

/** The alert rules on the operator itself, of which a cluster needs one copy. */
export function buildOperatorRuleGroups(input: OperatorAlertInput): readonly RuleGroup[] {
  const rules = buildOperatorAlerts(input).map((alert) => writeAlert(alert, {}, input.links));
  return [{ name: 'chatstack-operator', rules }];
}
