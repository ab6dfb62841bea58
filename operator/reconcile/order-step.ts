import type { PgbouncerPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { restartAnnotation } from '@chatstack/stack/render/kubernetes/labels.ts';
import type { Manifest } from '@chatstack/stack/render/kubernetes/manifest.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import { readFile } from './config-maps.ts';
import { decideHeld, nothingHeld, type Sizes } from './order-rules.ts';
import { observePoolerPods } from './poolers.ts';
import type { StepResult } from './step.ts';
import { manifestsOf, type Work } from './work.ts';

/** Until poolers that have yet to show their sizes are looked at again, in milliseconds. */
const lookAgainMilliseconds = 500;

/** Decides which parts of the plan wait for others, from what is applied and what runs. A stack that is new waits for nothing. */
export async function decideOrder(work: Work): Promise<StepResult> {
  work.held = nothingHeld;
  if (work.plan.postgres.mode !== 'Managed') return { kind: 'done' };
  const postgres = liveOf(work, builtIn.statefulSet, 'postgres');
  const live = readSizes(
    liveOf(work, builtIn.configMap, 'postgres'),
    liveOf(work, builtIn.configMap, 'pgbouncer'),
    liveOf(work, builtIn.deployment, 'pgbouncer'),
  );
  const { configuration, data } = manifestsOf(work);
  const manifestOf = (manifests: readonly Manifest[], kind: string, component: string) =>
    manifests.find((each) => each.kind === kind && each.metadata.name === nameOf(work, component));
  const wanted = readSizes(
    manifestOf(configuration, 'ConfigMap', 'postgres'),
    manifestOf(configuration, 'ConfigMap', 'pgbouncer'),
    manifestOf(data, 'Deployment', 'pgbouncer'),
  );
  if (postgres === undefined || live === undefined || wanted === undefined) return { kind: 'done' };
  const pods = observePoolerPods(work.tools.cacheOf, work.stack);
  work.held = decideHeld({
    live,
    wanted,
    pods: pods.length,
    isPostgresDone: isInForce(postgres, work.plan.postgres.restartHash),
    areVerified: pods.every(({ metadata }) => isVerified(work, metadata.uid, work.plan.pgbouncer)),
  });
  return { kind: 'done' };
}

/** Says what waits still, so that the stack isn't Ready before all of the plan is applied. */
export async function awaitOrder({ held = nothingHeld }: Work): Promise<StepResult> {
  const waits = [
    ...(held.postgres ? ['Postgres takes fewer connections once every pooler was seen to run its smaller pool'] : []),
    ...(held.sizes ? ['the pools grow once Postgres takes more connections, or fewer poolers share them'] : []),
    ...(held.poolers
      ? ['poolers are added once Postgres takes more connections, or the others run smaller pools']
      : []),
  ];
  if (waits.length === 0) return { kind: 'done' };
  return { kind: 'waiting', reason: 'InOrder', message: waits.join('; '), afterMilliseconds: lookAgainMilliseconds };
}

/** The manifests that may be applied now. */
export function withoutHeld(work: Work, manifests: readonly Manifest[]): readonly Manifest[] {
  const { postgres, sizes, poolers } = work.held ?? nothingHeld;
  const held = [
    ...(postgres ? [`ConfigMap ${nameOf(work, 'postgres')}`, `StatefulSet ${nameOf(work, 'postgres')}`] : []),
    ...(sizes ? [`ConfigMap ${nameOf(work, 'pgbouncer')}`] : []),
    ...(poolers ? [`Deployment ${nameOf(work, 'pgbouncer')}`] : []),
  ];
  return manifests.filter(({ kind, metadata }) => !held.includes(`${kind} ${metadata.name}`));
}

const nameOf = ({ stack }: Work, component: string): string => `${stack.metadata.name}-${component}`;

const liveOf = (work: Work, resource: Resource, component: string): KubernetesObject | undefined =>
  work.tools.cacheOf(resource).get({ namespace: work.stack.metadata.namespace ?? '', name: nameOf(work, component) });

const isVerified = ({ memory }: Work, uid: string | undefined, { configHash }: PgbouncerPlan): boolean =>
  memory.verifiedPoolers.get(uid ?? '') === configHash;

/** A manifest or a live object. */
type Readable = { readonly [field: string]: unknown } | KubernetesObject;

/** `undefined` where one of them isn't there, or says nothing of it. */
function readSizes(
  postgres: Readable | undefined,
  pgbouncer: Readable | undefined,
  deployment: Readable | undefined,
): Sizes | undefined {
  const settings = readFile(postgres, 'postgresql.conf') ?? '';
  const number = (text: string, name: string) => {
    const found = new RegExp(`^${name} = '?(\\d+)`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const most = number(settings, 'max_connections');
  const each = number(readFile(pgbouncer, 'pgbouncer.ini') ?? '', 'max_db_connections');
  const poolers = (deployment as { spec?: { replicas?: number } } | undefined)?.spec?.replicas;
  if (most === undefined || each === undefined || poolers === undefined) return undefined;
  const reserved =
    (number(settings, 'superuser_reserved_connections') ?? 0) + (number(settings, 'reserved_connections') ?? 0);
  return { limit: most - reserved, poolers, each };
}

/** Whether the pod of Postgres that runs, or ran last, has the settings of this hash: one that crashed has. */
function isInForce(workload: KubernetesObject, restartHash: string): boolean {
  const { template } = workload.spec as { template?: { metadata?: { annotations?: Record<string, string> } } };
  const { observedGeneration, currentRevision, updateRevision } = (workload.status ?? {}) as {
    observedGeneration?: number;
    currentRevision?: string;
    updateRevision?: string;
  };
  return (
    template?.metadata?.annotations?.[restartAnnotation] === restartHash &&
    (observedGeneration ?? 0) >= (workload.metadata.generation ?? 0) &&
    currentRevision === updateRevision
  );
}
