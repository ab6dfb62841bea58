import { askPools } from '@chatstack/operator/pgbouncer-admin/ask-pools.ts';
import type { Login } from '../stacks/stack.ts';
import type { Probe } from './probe.ts';

/** Asks PgBouncer's admin console how many clients wait, and the first of them for how long. */
export const openPoolerProbe = ({ host, port, user, password }: Omit<Login, 'database'>): Probe => ({
  read: async () => {
    const answer = await askPools({ host, port, user, password, timeoutMilliseconds: 900 });
    if (answer.kind === 'unreachable') throw new Error(answer.reason);
    return {
      clientsWaiting: answer.pools.reduce((sum, { waitingClients }) => sum + waitingClients, 0),
      queueWaitMilliseconds: Math.max(0, ...answer.pools.map((pool) => pool.longestWaitMilliseconds)),
    };
  },
});
