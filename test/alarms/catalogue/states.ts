import { chatstack } from '../../e2e/backups.ts';
import { waitForReady } from '../../e2e/stack.ts';
import type { Alarm } from '../alarm.ts';

/** More connections than a Postgres of size small has. */
const LARGE_POOL = 500;

const overBudget: Alarm = {
  name: 'spec beyond the budget',
  what: `A poolSize of ${LARGE_POOL}, which is refused.`,
  stack: 'second',
  expects: [{ alert: 'ChatStackBudgetExceeded', severity: 'warning' }],
  begin: ({ namespace, place }) =>
    namespace.patch('chatstack', place.stackName, { spec: { pgbouncer: { poolSize: LARGE_POOL } } }),
  end: ({ namespace, place }) =>
    namespace.patch('chatstack', place.stackName, { spec: { pgbouncer: { poolSize: null } } }),
};

const SECRET = 'alarms-bucket';

/** Nothing listens there. */
const s3 = { endpoint: 'http://127.0.0.1:9', bucket: 'nowhere', secretRef: { name: SECRET } };

const backupFails: Alarm = {
  name: 'backup fails',
  what: 'Backups go to a store that does not answer, and one is asked for (`chatstack backup`).',
  stack: 'fourth',
  expects: [{ alert: 'ChatStackBackupFailed', severity: 'warning' }],
  begin: async ({ namespace, place }) => {
    await namespace.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: SECRET },
      stringData: { 'access-key-id': 'nobody', 'secret-access-key': 'nothing' },
    });
    await namespace.patch('chatstack', place.stackName, { spec: { postgres: { backup: { s3 } } } });
    await waitForReady(place);
    await chatstack(place, ['backup', place.stackName]);
  },
  end: async ({ namespace, place }) => {
    await namespace.patch('chatstack', place.stackName, { spec: { postgres: { backup: null } } });
    await namespace.kubectl(['delete', 'secret', SECRET, '--ignore-not-found']);
  },
};

/** What the operator tells of a stack. */
export const states: readonly Alarm[] = [overBudget, backupFails];
