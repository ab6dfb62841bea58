import { podsOf, waitForReady } from '../../e2e/stack.ts';
import { findPod } from '../../faults/catalogue/pods.ts';
import type { Alarm } from '../alarm.ts';
import { keepSessions } from '../sessions.ts';

const SMALLEST_POOL = { poolSize: 1, minPoolSize: 1, reservePoolSize: 0 };
const USUAL_POOL = { poolSize: null, minPoolSize: null, reservePoolSize: null };

/** Three transactions of a second each want the one connection of a pooler; all others come in between. */
const SECONDS_LONG = 'select pg_sleep(1)';
const RIVALS = 3;

const poolTooSmall: Alarm = {
  name: 'pool too small',
  what: `A pool of one connection at each pooler, and ${RIVALS} sessions with transactions of a second beside the load.`,
  stack: 'second',
  expects: [
    { alert: 'ChatStackPoolMeanWait', severity: 'critical' },
    { alert: 'ChatStackPoolQueueWait', severity: 'warning' },
    { alert: 'ChatStackPoolClientsWaiting', severity: 'warning' },
    { alert: 'ChatStackPoolSaturated', severity: 'warning' },
    { alert: 'ChatStackPoolSaturated', severity: 'critical' },
  ],
  begin: async (scene, ended) => {
    const { namespace, place } = scene;
    await namespace.patch('chatstack', place.stackName, { spec: { pgbouncer: SMALLEST_POOL } });
    await waitForReady(place);
    for (const { metadata } of await podsOf(place, 'pgbouncer')) {
      const rivals = new Array<string>(RIVALS).fill(SECONDS_LONG);
      await keepSessions(scene, { pod: metadata.name, port: 6432 }, rivals, ended);
    }
  },
  end: ({ namespace, place }) => namespace.patch('chatstack', place.stackName, { spec: { pgbouncer: USUAL_POOL } }),
};

/** Holds everybody back who reads or writes messages, for a second and a half of each two. */
const LOCK = 'begin; lock table message in access exclusive mode; select pg_sleep(1.5); commit; select pg_sleep(0.5)';

/** Longer than the alert takes. */
const LONG_TRANSACTION = 'select pg_sleep(3600)';

const slowQuery: Alarm = {
  name: 'slow query',
  what: 'With the login of the service one session holds the table of messages locked most of the time, another one runs a statement that does not end.',
  stack: 'fourth',
  expects: [
    { alert: 'ChatStackStatementsSlow', severity: 'warning' },
    { alert: 'ChatStackPostgresTransactionLong', severity: 'warning' },
  ],
  begin: async (scene, ended) => {
    const { metadata } = await findPod(scene, { component: 'postgres', index: 0 });
    await keepSessions(scene, { pod: metadata.name, port: 5432 }, [LOCK, LONG_TRANSACTION], ended);
  },
};

/** What makes everybody wait. */
export const waits: readonly Alarm[] = [poolTooSmall, slowQuery];
