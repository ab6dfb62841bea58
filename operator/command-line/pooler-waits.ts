import type { AdminConsoleTarget, PoolState } from '../pgbouncer-admin/admin-console.ts';
import { askPools, type PoolsAnswer } from '../pgbouncer-admin/ask-pools.ts';
import { readSecretText } from '../reconcile/secrets.ts';
import { readOptional } from '../rotation/rotation-secret.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import type { Place } from './cluster-options.ts';

/** Bound of the way to a pooler, and of each of its answers. */
const patienceMilliseconds = 3000;

/** Asks each pooler's admin console by a port-forward, with the password of the stack's Secret. Never rejects. */
export async function askPoolers(
  place: Place,
  stack: string,
  pods: readonly KubernetesObject[],
): Promise<ReadonlyMap<string, PoolsAnswer>> {
  const { namespace, cluster } = place;
  let login: Login;
  try {
    const secret = await cluster.client.get(builtIn.secret, { namespace, name: `${stack}-credentials` });
    const otherPassword = readOptional(secret, 'other-pgbouncer-admin-password');
    const password = readSecretText(secret, 'pgbouncer-admin-password');
    login = { password, ...(otherPassword === undefined ? {} : { otherPassword }) };
  } catch (error) {
    const answer: PoolsAnswer = { kind: 'unreachable', reason: messageOf(error) };
    return new Map(pods.map(({ metadata }) => [metadata.name, answer]));
  }
  const answers = pods.map(async ({ metadata: { name } }) => [name, await askPooler(place, name, login)] as const);
  return new Map(await Promise.all(answers));
}

type Login = Pick<AdminConsoleTarget, 'password' | 'otherPassword'>;

async function askPooler({ cluster, namespace }: Place, pod: string, login: Login): Promise<PoolsAnswer> {
  try {
    const forward = await cluster.forward({ namespace, name: pod }, 6432);
    try {
      const target = { ...forward, user: 'chatstack_admin', ...login, timeoutMilliseconds: patienceMilliseconds };
      const answer = await askPools(target);
      return answer.kind === 'answered' ? { ...answer, pools: answer.pools.filter(isInUse) } : answer;
    } finally {
      forward.close();
    }
  } catch (error) {
    return { kind: 'unreachable', reason: messageOf(error) };
  }
}

/** One that nobody uses now, such as that of the lookup of passwords, tells a person nothing. */
const isInUse = ({ activeClients, waitingClients, activeServers, idleServers }: PoolState): boolean =>
  activeClients + waitingClients + activeServers + idleServers > 0;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
