import type * as Prometheus from 'prom-client';
import type { PoolsAnswer } from '../pgbouncer-admin/ask-pools.ts';
import { formatKey, type KubernetesObject, keyOf, type ObjectKey } from '../runtime/object.ts';
import { registerComputed } from '../runtime/prometheus.ts';
import { RestartTally } from './restart-tally.ts';
import type { StackFacts } from './stack-facts.ts';
import { type KnownStack, readPools, stackDefinitions } from './stack-series.ts';

/** The metrics of the stacks that this process reconciles. */
export interface StackMetrics {
  /** What a reconcile saw. */
  observe(stack: KubernetesObject, facts: StackFacts, pods: readonly KubernetesObject[]): void;
  /** The facts of the last reconcile; undefined before the first. */
  factsOf(key: ObjectKey): StackFacts | undefined;
  /** Ends the series of a stack that is gone. */
  forget(key: ObjectKey): void;
  /** The stacks that series are shown of. */
  keys(): readonly ObjectKey[];
  /** What the poolers of a stack said, by the names of their pods. Those of which nothing is said here are no longer shown. */
  notePools(key: ObjectKey, answers: ReadonlyMap<string, PoolsAnswer>): void;
}

/**
 * Adds the metrics of stacks to a registry. They are kept as facts, a few numbers for each stack, and become series when somebody
 * scrapes: that asks nobody, looks into no cache, and shows nothing of stacks that are gone.
 */
export function createStackMetrics(registry: Prometheus.Registry): StackMetrics {
  const known = new Map<string, KnownStack>();
  for (const { labels = [], read, ...metric } of stackDefinitions) {
    registerComputed(registry, {
      ...metric,
      labelNames: ['namespace', 'stack', ...labels],
      *compute() {
        for (const stack of known.values()) {
          for (const [value, ...texts] of read(stack)) {
            const own = Object.fromEntries(labels.map((label, index) => [label, texts[index] ?? '']));
            yield { labels: { namespace: stack.key.namespace, stack: stack.key.name, ...own }, value };
          }
        }
      },
    });
  }
  return {
    observe(stack, facts, pods) {
      const key = keyOf(stack);
      const { uid = '' } = stack.metadata;
      const before = known.get(formatKey(key));
      // One that was made again under its name begins anew.
      const each =
        before?.uid === uid ? before : { uid, key, restarts: new RestartTally(), pools: new Map(), failures: 0 };
      each.restarts.observe(
        pods,
        facts.replicas.map(({ component }) => component),
      );
      known.set(formatKey(key), { ...each, facts });
    },
    factsOf: (key) => known.get(formatKey(key))?.facts,
    forget: (key) => known.delete(formatKey(key)),
    keys: () => [...known.values()].map(({ key }) => key),
    notePools(key, answers) {
      const stack = known.get(formatKey(key));
      if (stack === undefined) return;
      const pools = new Map<string, ReturnType<typeof readPools>>();
      for (const [pod, answer] of answers) if (answer.kind === 'answered') pools.set(pod, readPools(answer.pools));
      const failures = stack.failures + answers.size - pools.size;
      known.set(formatKey(key), { ...stack, pools, failures });
    },
  };
}
