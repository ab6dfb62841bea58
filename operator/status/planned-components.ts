import type { ExternalRedisPlan, OpstreeRedisPlan, StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import type { ComponentName, ObservedStack } from './observed-stack.ts';
import type { Verdict } from './stack-status.ts';

/** Whether the stack itself runs a component's workload. */
export function isPlanned(plan: StackPlan, name: ComponentName): boolean {
  switch (name) {
    case 'postgres':
      return plan.postgres.mode === 'Managed';
    case 'pgbouncer':
      return plan.placement.pgbouncer.runs;
    case 'redis':
      return plan.redis.mode === 'Managed';
    default:
      return true;
  }
}

/** What is so of poolers or a Redis that the stack does not run itself; undefined for all others. */
export function judgeAbsent(
  plan: StackPlan | undefined,
  name: ComponentName,
  { replication }: ObservedStack,
): Verdict | undefined {
  if (plan === undefined || isPlanned(plan, name)) return undefined;
  if (name === 'pgbouncer') {
    const message = 'spec.pgbouncer.enabled is false: processes of the service connect to Postgres themselves';
    return { status: 'True', reason: 'Disabled', message };
  }
  if (name !== 'redis') return undefined;
  const { redis } = plan;
  if (redis.mode === 'External') return judgeExternalRedis(redis);
  return redis.mode === 'Opstree' ? judgeReplication(redis, replication) : undefined;
}

/** Nobody here asks it: the operator may be where it cannot be reached from, and a stack whose cache is away serves all the same. */
const judgeExternalRedis = ({ host, port }: ExternalRedisPlan): Verdict => ({
  status: 'True',
  reason: 'External',
  message: `${host}:${port} is run by somebody else and not asked from here; whether the service reaches it shows in its /api/v1/health/cache and log`,
});

function judgeReplication({ instances }: OpstreeRedisPlan, replication: KubernetesObject | undefined): Verdict {
  const { masterNode } = (replication?.status ?? {}) as { masterNode?: string };
  return masterNode
    ? {
        status: 'True',
        reason: 'MasterElected',
        message: `the redis-operator runs ${instances}; ${masterNode} takes writes`,
      }
    : {
        status: 'False',
        reason: 'WaitingForMaster',
        message: 'the redis-operator has not said yet which Redis takes writes; see the events of its RedisReplication',
      };
}
