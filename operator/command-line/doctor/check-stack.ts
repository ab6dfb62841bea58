import { X509Certificate } from 'node:crypto';
import { labels } from '../../reconcile/child-kinds.ts';
import type { KubernetesObject } from '../../runtime/object.ts';
import { builtIn } from '../../runtime/resource.ts';
import { findPodTrouble } from '../../status/pod-trouble.ts';
import type { Place } from '../cluster-options.ts';
import type { StackView } from '../observe-status.ts';
import { conditionsOf, isAsWished, statusOf } from '../stack-conditions.ts';
import { describeSpan } from '../text-view.ts';
import { type Check, type Finding, failure, fine, note, warning } from './finding.ts';

type Found = Omit<Finding, 'subject'>;

/** What checks of one stack look at. */
export interface StackContext extends Place {
  readonly view: StackView;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const day = 86_400_000;
/** A certificate is renewed well before its last two weeks, if it is renewed at all. */
const leastValidity = 14 * day;
/** A daily backup that failed once is older than this. */
const oldestBackup = 2 * day;

/** Checks of one stack. */
export const stackChecks: readonly Check<StackContext>[] = [
  { subject: 'conditions', run: checkConditions },
  { subject: 'pods', run: checkPods },
  { subject: 'volumes', run: checkVolumes },
  { subject: 'budget', run: checkBudget },
  { subject: 'Secrets', run: checkSecrets },
  { subject: 'certificates', run: checkCertificates },
  { subject: 'backups', run: checkBackups },
];

const nameOf = ({ view }: StackContext): string => view.stack.metadata.name;

async function checkConditions(context: StackContext): Promise<Found[]> {
  const { stack } = context.view;
  const { generation } = stack.metadata;
  if (statusOf(stack).observedGeneration !== generation) {
    const found = statusOf(stack).observedGeneration ?? 'none';
    const message = `expected a status of generation ${generation}, found ${found}`;
    return [failure(message, 'the operator has not seen the newest spec: see its findings above')];
  }
  const others = conditionsOf(stack).filter((each) => !isAsWished(each));
  if (others.length === 0) return [fine('all as they should be')];
  return others.map(({ type, status, reason, message }) => {
    const text = `${type}=${status} (${reason}): ${message}`;
    if (type === 'UpToDate') return warning(text, `chatstack upgrade ${stack.metadata.name}, when its pods may roll`);
    if (type === 'MonitoringReady')
      return warning(
        text,
        'the chat serves without it; the message says what is missing, docs/operations/monitoring.md more',
      );
    return failure(text, 'the message says what to do; Events tell how it came: chatstack status');
  });
}

async function checkPods({ view, namespace }: StackContext): Promise<Found[]> {
  const troubles = view.pods.flatMap((pod) => {
    const trouble = findPodTrouble([pod]);
    const { name } = pod.metadata;
    if (trouble === undefined) return [];
    return [failure(`${trouble.reason}: ${trouble.message}`, remedyOf(trouble.reason, name, namespace))];
  });
  return troubles.length > 0 ? troubles : [fine(`none of ${view.pods.length} is in trouble`)];
}

function remedyOf(reason: string, pod: string, namespace: string): string {
  if (reason === 'Unschedulable') return 'give the cluster room, or the stack a smaller size or smaller resources';
  if (/Image|ErrImage/.test(reason))
    return 'correct the image, or let the nodes pull it (registry, pull secret, proxy)';
  if (reason === 'CrashLoopBackOff') return `kubectl logs -n ${namespace} ${pod} --previous`;
  return `kubectl describe pod -n ${namespace} ${pod}`;
}

async function checkVolumes({ view, namespace }: StackContext): Promise<Found[]> {
  const open = view.claims.filter(({ status }) => (status as { phase?: string } | undefined)?.phase !== 'Bound');
  if (open.length > 0) {
    return open.map(({ metadata }) =>
      failure(
        `PersistentVolumeClaim ${metadata.name} is not bound`,
        `kubectl describe pvc -n ${namespace} ${metadata.name}`,
      ),
    );
  }
  return [view.claims.length === 0 ? note('the stack has none') : fine(`${view.claims.length} bound`)];
}

async function checkBudget({ view }: StackContext): Promise<Found[]> {
  const { connectionBudget: budget } = statusOf(view.stack);
  if (budget === undefined) return [note('not computed yet')];
  const text = `${budget.total} of ${budget.maxConnections} connections`;
  return budget.headroom >= 0
    ? [fine(`${text}, ${budget.headroom} spare`)]
    : [
        failure(
          `${text} are ${-budget.headroom} too many`,
          'fewer or smaller pools, or a higher max_connections; chatstack plan shows the sum',
        ),
      ];
}

interface Container {
  env?: { valueFrom?: { secretKeyRef?: { name: string; key: string; optional?: boolean } } }[];
}

const containersOf = (pod: KubernetesObject): Container[] =>
  (pod.spec as { containers?: Container[] } | undefined)?.containers ?? [];

/** Every Secret that a pod takes a variable from has to be there, with the key. */
async function checkSecrets({ view, cluster, namespace }: StackContext): Promise<Found[]> {
  const references = view.pods
    .flatMap(containersOf)
    .flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []))
    .filter(({ optional }) => optional !== true);
  const names = [...new Set(references.map(({ name }) => name))];
  const found = await Promise.all(
    names.map(async (name) => {
      const secret = await cluster.client
        .get(builtIn.secret, { namespace, name })
        .catch((error: { status?: number }) => {
          if (error.status === 404) return undefined;
          throw error;
        });
      const keys = new Set(references.filter((each) => each.name === name).map(({ key }) => key));
      const missing = [...keys].filter(
        (key) => (secret?.data as Record<string, string> | undefined)?.[key] === undefined,
      );
      if (missing.length === 0) return [];
      const message =
        secret === undefined ? `expected Secret ${name}, found none` : `Secret ${name} lacks ${missing.join(', ')}`;
      return [
        failure(
          message,
          'restore it from where it came from; generated passwords are the only ones that open the volume',
        ),
      ];
    }),
  );
  const failures = found.flat();
  return failures.length > 0 ? failures : [fine(`${names.join(', ') || 'none'}: every key that pods read is there`)];
}

async function checkCertificates(context: StackContext): Promise<Found[]> {
  const { cluster, namespace, now } = context;
  const { items } = await cluster.client.list(builtIn.secret, {
    namespace,
    labels: { [labels.instance]: nameOf(context) },
  });
  const found = items.flatMap((secret) => {
    const text = Buffer.from((secret.data as Record<string, string> | undefined)?.['tls.crt'] ?? '', 'base64');
    return text.length === 0 ? [] : [describeCertificate(secret.metadata.name, text, now)];
  });
  return found.length > 0 ? found : [note('the stack has none')];
}

function describeCertificate(name: string, text: Buffer, now: number): Found {
  try {
    const rest = Date.parse(new X509Certificate(text).validTo) - now;
    if (rest <= 0)
      return failure(
        `the certificate of Secret ${name} ended ${describeSpan(-rest)} ago`,
        'see why it is not renewed: chatstack status, and the logs of who issues it',
      );
    return rest < leastValidity
      ? warning(
          `the certificate of Secret ${name} ends in ${describeSpan(rest)}`,
          'it should have been renewed by now: see who issues it',
        )
      : fine(`that of Secret ${name} ends in ${describeSpan(rest)}`);
  } catch {
    return failure(
      `Secret ${name}: expected a certificate in tls.crt, found something else`,
      'delete the Secret: who issues it makes it again',
    );
  }
}

async function checkBackups(context: StackContext): Promise<Found[]> {
  const { cluster, namespace, now } = context;
  const { items } = await cluster.client.list(builtIn.cronJob, {
    namespace,
    labels: { [labels.instance]: nameOf(context) },
  });
  if (items.length === 0) return [note('none are scheduled (spec.postgres.backup)')];
  return items.map(({ metadata, status }) => {
    const { lastSuccessfulTime } = (status ?? {}) as { lastSuccessfulTime?: string };
    const since = lastSuccessfulTime ?? metadata.creationTimestamp ?? '';
    const age = now - Date.parse(since);
    const text =
      lastSuccessfulTime === undefined
        ? `CronJob ${metadata.name} has not succeeded yet`
        : `the last is ${describeSpan(age)} old`;
    return age > oldestBackup
      ? failure(text, `see its Jobs: kubectl get jobs -n ${namespace} -l app.kubernetes.io/instance=${nameOf(context)}`)
      : fine(text);
  });
}
