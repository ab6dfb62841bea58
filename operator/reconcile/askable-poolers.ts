import { credentialsName } from '@chatstack/stack/plan/plan-input.ts';
import type { AdminConsoleTarget } from '../pgbouncer-admin/admin-console.ts';
import type { PoolsAnswer } from '../pgbouncer-admin/ask-pools.ts';
import type { NamedWatches } from '../runtime/named-watches.ts';
import type { KubernetesObject, ObjectKey } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import type { AskablePooler } from '../stack-metrics/pool-rounds.ts';
import type { CacheOf } from './children.ts';
import { consoleOf, observePoolers } from './poolers.ts';
import { missingKeys } from './secrets.ts';

/** What finding the poolers of a stack needs. */
export interface PoolerSources {
  readonly cacheOf: CacheOf;
  readonly namedSecrets: Pick<NamedWatches, 'peek'>;
  readonly askPools: (target: AdminConsoleTarget) => Promise<PoolsAnswer>;
}

/** The poolers of a stack that run, with the password that reconciling uses. All of it is in memory already. */
export function listAskablePoolers(sources: PoolerSources, stack: ObjectKey): readonly AskablePooler[] {
  const pods = observePoolers(sources.cacheOf, { metadata: { ...stack } });
  if (pods.length === 0) return [];
  const key = { namespace: stack.namespace, name: credentialsName(stack.name) };
  const credentials = sources.cacheOf(builtIn.secret).get(key) ?? sources.namedSecrets.peek(key);
  return pods.map((pod) => ({ pod: pod.metadata.name, ask: () => askPooler(sources, pod, credentials) }));
}

async function askPooler(
  { cacheOf, askPools }: PoolerSources,
  pod: KubernetesObject,
  credentials: KubernetesObject | undefined,
): Promise<PoolsAnswer> {
  const missing = missingKeys(credentials, ['pgbouncer-admin-password']);
  if (credentials === undefined || missing.length > 0)
    return { kind: 'unreachable', reason: 'the password of its admin console is not known' };
  return askPools(consoleOf(cacheOf, pod, credentials));
}
