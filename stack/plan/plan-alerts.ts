import { type AlertInput, defaultObjectives } from '@chatstack/dashboards/alerts/alert-input.ts';
import { buildOperatorRuleGroups, buildRuleGroups } from '@chatstack/dashboards/alerts/build-rules.ts';
import type { Thresholds } from '@chatstack/dashboards/alerts/thresholds.ts';
import { quantity, toBytes } from '../quantity/quantity.ts';
import { longestGapSeconds } from '../quantity/schedule.ts';
import type { PostgresUse } from './budget.ts';
import type { RuleGroups } from './monitoring-plan.ts';
import { type PlanInput, processCounts } from './plan-input.ts';
import type { TlsPlan } from './plan-tls.ts';
import { sizes } from './sizes.ts';
import type { PoolSizes } from './stack-plan.ts';

/** Where alerts find their runbooks when the spec names no other place. */
export const runbookBase = 'https://github.com/chatstack/chatstack/blob/main/docs/runbooks';

/** What rules are made of beside the spec. */
export interface AlertFacts {
  readonly pool: PoolSizes;
  readonly use: PostgresUse;
  readonly tls: TlsPlan | undefined;
  readonly scrapeInterval: number;
}

const readThresholds = (asked: PlanInput['spec']['monitoring']['alerts']['thresholds']): Partial<Thresholds> => {
  const share = (percent: number | undefined) => (percent === undefined ? undefined : percent / 100);
  const wait = asked.queueWaitMilliseconds === undefined ? undefined : asked.queueWaitMilliseconds / 1000;
  const all: { readonly [name in keyof Thresholds]?: number | undefined } = {
    queueWaitSeconds: wait,
    meanQueueWaitSeconds: wait,
    poolUseCritical: share(asked.poolUsePercent),
    connectionUseCritical: share(asked.connectionUsePercent),
    transactionSeconds: asked.transactionSeconds,
    cacheHitRatio: share(asked.cacheHitPercent),
    redisMemoryUse: share(asked.redisMemoryPercent),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};

const linksOf = ({ spec }: PlanInput): AlertInput['links'] => ({
  runbookBase: spec.monitoring.alerts.runbookURL?.replace(/\/+$/, '') ?? runbookBase,
});

const buildAlertInput = (input: PlanInput, { pool, use, tls, scrapeInterval }: AlertFacts): AlertInput => {
  const { spec, placement, name, namespace = 'default' } = input;
  const { autoscaling, replicas } = spec.service;
  const wanted = autoscaling?.minReplicas ?? replicas ?? sizes[spec.size].service.replicas;
  const maxMemory = spec.redis.maxMemory ?? sizes[spec.size].redis.maxMemory;
  const backup = placement.kind === 'kubernetes' ? spec.postgres.backup : undefined;
  return {
    namespace,
    stack: name,
    maxConnections: use.maxConnections,
    reservedByPostgres: use.reservedByPostgres,
    poolSize: pool.size,
    reservePoolSize: pool.reserve,
    poolers: use.poolers,
    maxClientConnections: spec.pgbouncer.maxClientConnections,
    redisMaxMemoryBytes: spec.redis.mode === 'External' ? 0 : toBytes(quantity(maxMemory)),
    serviceReplicas: processCounts(placement, wanted).replicas,
    scrapeIntervalSeconds: scrapeInterval,
    hasPoolers: placement.pgbouncer.runs,
    hasRedis: placement.redis.runs,
    hasExporters: true,
    hasOperator: placement.kind === 'kubernetes',
    hasBackups: backup !== undefined,
    backupScheduleSeconds: backup === undefined ? 0 : (longestGapSeconds(backup.schedule) ?? 0),
    hasTls: tls !== undefined,
    certificateRenewBeforeSeconds: tls?.renewBefore ?? 0,
    slo: defaultObjectives,
    thresholds: readThresholds(spec.monitoring.alerts.thresholds),
    links: linksOf(input),
  };
};

/** The rules of a stack; without alerts those alone that dashboards read. */
export const planRules = (input: PlanInput, facts: AlertFacts): RuleGroups => {
  const groups = buildRuleGroups(buildAlertInput(input, facts));
  if (input.spec.monitoring.alerts.enabled) return groups;
  return groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => 'record' in rule) }))
    .filter(({ rules }) => rules.length > 0);
};

/** The rules on the operator, for a Prometheus that scrapes it; none without alerts. */
export const planOperatorRules = (input: PlanInput): RuleGroups => {
  const { enabled, thresholds } = input.spec.monitoring.alerts;
  return enabled ? buildOperatorRuleGroups({ thresholds: readThresholds(thresholds), links: linksOf(input) }) : [];
};
