import { setTimeout as pause } from 'node:timers/promises';
import { type BenchCluster, openBenchCluster } from '@chatstack/operator/bench/bench-cluster.ts';
import { isOutsideWatches } from '@chatstack/operator/bench/one-stack.ts';
import { type OperatorProcess, startOperator } from '@chatstack/operator/bench/operator-process.ts';
import { chatStackResource } from '@chatstack/operator/reconcile/child-kinds.ts';
import { ApiError } from '@chatstack/operator/runtime/api-error.ts';
import type { KubernetesObject } from '@chatstack/operator/runtime/object.ts';
import type { StackStatus } from '@chatstack/operator/status/stack-status.ts';
import { buildCustomResourceDefinition } from '@chatstack/stack/api/crd.ts';
import fc from 'fast-check';
import { arbitraryMutation, arbitraryOf, type SchemaNode } from './arbitrary-spec.ts';

/** What became of one stack. */
export type Verdict =
  | { readonly kind: 'refused' | 'ready' | 'rolling' | 'stalled'; readonly reason: string }
  | { readonly kind: 'failure'; readonly reason: string };

/** One stack that was sent, and what became of it. */
export interface Outcome {
  readonly spec: unknown;
  readonly verdict: Verdict;
}

/** What to send. */
export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** Called after each batch. */
  readonly onBatch?: (outcomes: readonly Outcome[]) => void;
}

const namespace = 'default';
/** Stacks that are looked at together. */
const batchSize = 50;
/** How long a stack may take to be told of, in milliseconds. */
const patience = 60_000;
/** A stack that goes on rolling out has come to rest when nothing was asked for it for this long; progress is told more often. */
const restMilliseconds = 7_000;
/** The time in which settled stacks are watched for loops; longer than the pause between two looks at anything. */
const loopMilliseconds = 6_000;
/** A write for each child, a few statuses and Events; a stack that is refused costs far less. */
const mostRequests = 60;
/** One look at something that is waited for, and a status. */
const mostIdleRequests = 3;

const [served] = buildCustomResourceDefinition().spec.versions;
const specSchema = served?.schema.openAPIV3Schema.properties.spec as unknown as SchemaNode;

/** Specs made of the schema, and some of them spoilt. */
export function buildSpecs(seed: number, count: number): unknown[] {
  // Built once for each: texts that match a pattern take a tenth of a second to be understood.
  const proper = fc.oneof(...[4, 10, 25].map((percent) => arbitraryOf(specSchema, percent)));
  const mutated = proper.chain(arbitraryMutation);
  const weighed = fc.oneof({ weight: 2, arbitrary: proper }, { weight: 1, arbitrary: mutated });
  return fc.sample(weighed, { seed, numRuns: count });
}

/**
 * Sends stacks to a real API server with the operator at work, and says of each what became of it. A failure is: the server answers
 * with an error of its own, nothing is told of the stack, trouble without a reason, or more requests than a stack is worth. Rejects
 * when the operator ends.
 */
export async function fuzzStacks({ seed, count, onBatch }: FuzzOptions): Promise<Outcome[]> {
  const cluster = await openBenchCluster({ pods: false });
  const operator = startOperator(cluster.countedKubeconfig, { LOG_LEVEL: 'warn' });
  const outcomes: Outcome[] = [];
  try {
    const specs = buildSpecs(seed, count);
    for (let from = 0; from < specs.length; from += batchSize) {
      const batch = await sendBatch(cluster, operator, specs.slice(from, from + batchSize), from);
      outcomes.push(...batch);
      onBatch?.(batch);
    }
    return outcomes;
  } finally {
    await operator.end('SIGTERM');
    await cluster.close();
  }
}

async function sendBatch(
  cluster: BenchCluster,
  operator: OperatorProcess,
  specs: readonly unknown[],
  from: number,
): Promise<Outcome[]> {
  cluster.proxy.seen.length = 0;
  const nameOf = (index: number) => `fuzz-${from + index}`;
  const verdicts = await operator.whileRunning(
    Promise.all(specs.map((spec, index) => sendOne(cluster, nameOf(index), spec))),
  );
  const counts = specs.map((_, index) => countRequests(cluster, nameOf(index)));
  await operator.whileRunning(pause(loopMilliseconds));
  const outcomes = specs.map((spec, index) => {
    const [before, after] = [counts[index] ?? 0, countRequests(cluster, nameOf(index))];
    const verdict = verdicts[index] as Verdict;
    if (after > mostRequests || after - before > mostIdleRequests) {
      const reason = `expected at most ${mostRequests} requests, and ${mostIdleRequests} once it is settled; found ${after}, and ${after - before}`;
      return { spec, verdict: { kind: 'failure', reason } as const };
    }
    return { spec, verdict };
  });
  await Promise.all(
    specs.map((_, index) => cluster.client.delete(chatStackResource, { namespace, name: nameOf(index) })),
  );
  return outcomes;
}

function countRequests({ proxy }: BenchCluster, name: string): number {
  const own = new RegExp(`/${name}(-|/|\\?|\\.|$)`);
  return proxy.seen.filter((each) => isOutsideWatches(each) && own.test(each.path)).length;
}

async function sendOne(cluster: BenchCluster, name: string, spec: unknown): Promise<Verdict> {
  const { apiVersion, kind } = chatStackResource;
  try {
    await cluster.client.create(chatStackResource, { apiVersion, kind, metadata: { name, namespace }, spec });
  } catch (error) {
    const isRefused = error instanceof ApiError && (error.status === 422 || error.status === 400) && error.message;
    return isRefused ? { kind: 'refused', reason: error.message } : { kind: 'failure', reason: String(error) };
  }
  const { cache } = cluster.informerOf(chatStackResource);
  const judge = () =>
    judgeStack(cache.get({ namespace, name }), cluster.children.get(`${namespace}/${name}`)?.size ?? 0);
  const end = performance.now() + patience;
  const comesToRest = async () => {
    const isSeen = () => judge()?.kind === 'rolling';
    for (let before = -1; performance.now() < end && !(isSeen() && before === countRequests(cluster, name)); ) {
      before = countRequests(cluster, name);
      await pause(restMilliseconds);
    }
  };
  // Over: so that nobody looks any longer at each change of the cluster.
  let isOver = false;
  const isSettled = () => isOver || ['ready', 'stalled', 'failure'].includes(judge()?.kind ?? '');
  await Promise.race([cluster.becomes(`${name} told of`, isSettled), comesToRest()]);
  isOver = true;
  return (
    judge() ?? {
      kind: 'failure',
      reason: `nothing was told of it: ${JSON.stringify(cache.get({ namespace, name })?.status)}`,
    }
  );
}

/** What a status says; `undefined` while it says nothing that lasts. */
function judgeStack(stack: KubernetesObject | undefined, children: number): Verdict | undefined {
  const { conditions = [] } = (stack?.status ?? {}) as StackStatus;
  const find = (type: string) => conditions.find((each) => each.type === type);
  const [ready, progressing, degraded] = ['Ready', 'Progressing', 'Degraded'].map(find);
  if (ready?.status === 'True') return { kind: 'ready', reason: ready.reason };
  if (progressing?.reason === 'Suspended') return { kind: 'stalled', reason: 'Suspended' };
  if (degraded?.status === 'True') {
    return degraded.reason && degraded.message
      ? { kind: 'stalled', reason: `${degraded.reason}: ${degraded.message}` }
      : { kind: 'failure', reason: `trouble without a reason: ${JSON.stringify(degraded)}` };
  }
  // What a played cluster never makes ready (the objects of other operators) goes on rolling.
  const isWaiting = progressing?.status === 'True' && progressing.reason !== 'Retrying';
  return isWaiting && children > 0 && progressing.message ? { kind: 'rolling', reason: progressing.reason } : undefined;
}
