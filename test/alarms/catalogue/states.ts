import { USUAL_CORES } from '../../faults/stage.ts';
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

/** More than the quota of the namespace has. */
const CORES = '64';

const redisRefused: Alarm = {
  name: 'no room for Redis',
  what: `Redis asks for ${CORES} cores, which the quota of the namespace does not have: the old pod is gone, and no other one comes.`,
  stack: 'seventh',
  lane: 'Redis',
  expects: [
    { alert: 'ChatStackReplicasMissing', severity: 'warning' },
    { alert: 'ChatStackNotReady', severity: 'warning' },
  ],
  seconds: 60,
  begin: ({ namespace, place }) => namespace.patch('chatstack', place.stackName, askRedis(CORES)),
  end: ({ namespace, place }) => namespace.patch('chatstack', place.stackName, askRedis(USUAL_CORES)),
};

const askRedis = (cpu: string): object => ({ spec: { redis: { resources: { requests: { cpu } } } } });

/** What the operator tells of a stack. */
export const states: readonly Alarm[] = [overBudget, redisRefused];
