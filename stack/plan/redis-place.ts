import type { PlanInput } from './plan-input.ts';

/** Name of the RedisReplication of a stack: short enough for the labels of its pods, and of no object that the stack makes itself. */
export const redisReplicationName = (stack: string): string => `${stack}-redis-set`;

/** The port of every Redis that the redis-operator runs. */
const replicationPort = 6379;

/** Where the service finds Redis, if that is not the stack's own. */
export const placeRedis = ({
  name,
  spec,
  placement,
}: PlanInput): { readonly host: string; readonly port: number } | undefined => {
  const { mode, external } = spec.redis;
  if (mode === 'External' && external !== undefined) return { host: external.host, port: external.port };
  return mode === 'Opstree' && placement.kind === 'kubernetes'
    ? { host: `${redisReplicationName(name)}-master`, port: replicationPort }
    : undefined;
};
