import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { Decided } from '../reconcile/decide.ts';
import type { ObservedServer } from '../reconcile/external-server.ts';
import type { StepRecord } from '../reconcile/step.ts';
import { type Condition, findCondition, setCondition } from '../runtime/conditions.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { judgeBackup, summarizeBackup } from './backup-state.ts';
import type { ComponentState } from './component-state.ts';
import { type ComponentInput, judgeComponent, judgeMigration, summarizeWorkloads } from './component-verdicts.ts';
import { judgeMonitoring, summarizeMonitoring } from './monitoring-verdict.ts';
import { type ComponentName, componentNames, type ObservedStack } from './observed-stack.ts';
import { judgeBudget, judgeDegraded, judgeProgressing, judgeReady } from './overall-verdicts.ts';
import { isPlanned } from './planned-components.ts';
import { judgeRoom } from './postgres-room.ts';
import { judgeRestore, summarizeRestore } from './restore-state.ts';
import { judgeRotation } from './rotation-verdict.ts';
import { type ConditionType, conditionTypes, type StackStatus, type Verdict } from './stack-status.ts';
import { judgeUpToDate } from './up-to-date-verdict.ts';

/** Everything a status is made of. */
export interface StatusInput {
  readonly stack: KubernetesObject;
  readonly decided: Decided;
  readonly records: readonly StepRecord[];
  readonly observed: ObservedStack;
  readonly migrationName: string | undefined;
  /** The objects that this version of the operator would make otherwise; undefined when it made no plan. */
  readonly awaiting: readonly string[] | undefined;
  /** Version of the operator that planned the stack. */
  readonly plannedBy: string | undefined;
  /** Version of this operator. */
  readonly version: string;
  /** What is known of an external Postgres. */
  readonly server?: ObservedServer | undefined;
  /** Whether Postgres had room on its disk when it last said so; undefined: it has not said so yet. */
  readonly room?: 'free' | 'full' | undefined;
  /** How far the rotation of the passwords is; undefined where its step did not run. */
  readonly rotation?: StackStatus['credentials'];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Longest message of a condition, in characters; the API server takes 32768, a person reads less. */
const longestMessage = 4000;

const conditionOf: Readonly<Record<ComponentName, ConditionType>> = {
  postgres: 'PostgresReady',
  pgbouncer: 'PgbouncerReady',
  redis: 'RedisReady',
  service: 'ServiceReady',
};

/**
 * The status of a stack from its plan, what the steps did, and its children as observed. Ready is never optimistic: it is True
 * only when every step of this generation is done and every component has rolled out its newest version. What a refused or
 * suspended stack doesn't tell anew (budget, pool, migration) stays as it was, for that is what still runs.
 */
export function summarizeStatus(input: StatusInput): StackStatus {
  const previous = (input.stack.status ?? {}) as StackStatus;
  const plan = planOf(input);
  const states = judgeRoom(input, plan, summarizeWorkloads(input.observed));
  const upkeep = plan ? summarizeUpkeep(input, plan, previous) : carryUpkeepOver(previous);
  const monitoring = plan ? summarizeMonitoring(plan, input.observed) : [];
  const verdicts = {
    ...judgeAll(withoutMonitoring(input), plan, states, upkeep),
    ...(plan ? { MonitoringReady: judgeMonitoring(plan, input.records, monitoring) } : {}),
  };
  const known = plan ? { ...describePlan(plan), ...describeServer(input.server) } : carryOver(previous);
  return {
    observedGeneration: input.stack.metadata.generation ?? 0,
    conditions: stampConditions(input, previous.conditions ?? [], verdicts),
    components: [...summarizeComponents(input.observed, plan, states), ...monitoring.map(describeComponent)],
    ...known,
    ...upkeep,
  };
}

/** What the chat is judged by: a step that only measures it is none of that. */
const withoutMonitoring = (input: StatusInput): StatusInput => ({
  ...input,
  records: input.records.filter(({ name }) => name !== 'monitoring'),
});

type Upkeep = Pick<StackStatus, 'backup' | 'restore' | 'credentials'>;

function summarizeUpkeep({ stack, observed, rotation }: StatusInput, plan: StackPlan, previous: StackStatus): Upkeep {
  const backup = summarizeBackup(plan, observed, previous.backup);
  const restore = summarizeRestore(stack, plan, observed);
  const credentials = rotation ? { ...rotation, message: clamp(rotation.message) } : previous.credentials;
  const told = { ...(backup && { backup }), ...(credentials && { credentials }) };
  if (restore === undefined) return told;
  const { request, phase, message } = restore;
  return { ...told, restore: { request, phase, message: clamp(message) } };
}

function carryUpkeepOver({ backup, restore, credentials }: StackStatus): Upkeep {
  return { ...(backup && { backup }), ...(restore && { restore }), ...(credentials && { credentials }) };
}

/** The plan that is applied. One for a server that was never reached has numbers that nobody knows yet. */
function planOf({ decided, server }: StatusInput): StackPlan | undefined {
  const isUnread = server !== undefined && server.facts === undefined;
  return decided.kind === 'apply' && !isUnread ? decided.plan : undefined;
}

function describeServer(server: ObservedServer | undefined): Pick<StackStatus, 'postgresServer'> {
  if (server?.facts === undefined || server.revision === undefined) return {};
  const { version, maxConnections, reservedConnections } = server.facts;
  return { postgresServer: { revision: server.revision, version, maxConnections, reservedConnections } };
}

type Verdicts = Partial<Record<ConditionType, Verdict>>;

function judgeAll(
  input: StatusInput,
  plan: StackPlan | undefined,
  states: Record<ComponentName, ComponentState>,
  { backup, restore, credentials }: Upkeep,
): Verdicts {
  const { decided, records, observed, migrationName } = input;
  const components: ComponentInput = { plan, records, observed, migrationName, server: input.server };
  const byComponent = Object.fromEntries(
    componentNames.map((name) => [conditionOf[name], judgeComponent(name, states[name], components)]),
  ) as Verdicts;
  const trouble = judgeDegraded(decided, records, states);
  const isCurrent = decided.kind === 'apply' && trouble.status === 'False';
  const degraded = (isCurrent && (judgeRestore(restore) ?? judgeBackup(backup))) || trouble;
  const progressing = judgeProgressing(decided, records, states);
  const migration = decided.kind === 'apply' ? { MigrationComplete: judgeMigration(components) } : {};
  const budget = decided.kind === 'apply' && plan === undefined ? undefined : judgeBudget(decided);
  const parts = { ...byComponent, ...migration };
  const upToDate = judgeUpToDate(input);
  const rotating = judgeRotation(credentials);
  return {
    ...parts,
    ...(budget ? { BudgetFits: budget } : {}),
    ...(upToDate ? { UpToDate: upToDate } : {}),
    ...(rotating ? { Rotating: rotating } : {}),
    Degraded: degraded,
    Progressing: progressing,
    Ready: judgeReady(decided, { degraded, progressing, records, parts }),
  };
}

/** Conditions in their fixed order. One without a new verdict stays as it is, and is Unknown when there is none; of a rotation nothing is told then. */
function stampConditions(input: StatusInput, previous: readonly Condition[], verdicts: Verdicts): Condition[] {
  const generation = input.stack.metadata.generation ?? 0;
  const unknown: Verdict = { status: 'Unknown', reason: 'NotPlanned', message: 'no valid spec has been seen yet' };
  const ordered = conditionTypes.flatMap((type) => findCondition(previous, type) ?? []);
  const stamped = conditionTypes.reduce<readonly Condition[]>((conditions, type) => {
    const verdict = verdicts[type] ?? (type === 'Rotating' || findCondition(conditions, type) ? undefined : unknown);
    if (verdict === undefined) return conditions;
    const message = clamp(verdict.message);
    return setCondition(conditions, { type, ...verdict, message, observedGeneration: generation }, input.now);
  }, ordered);
  return conditionTypes.flatMap((type) => findCondition(stamped, type) ?? []);
}

const clamp = (text: string): string =>
  text.length <= longestMessage ? text : `${text.slice(0, longestMessage - 1)}…`;

function summarizeComponents(
  { workloads }: ObservedStack,
  plan: StackPlan | undefined,
  states: Record<ComponentName, ComponentState>,
): NonNullable<StackStatus['components']> {
  return componentNames
    .filter((name) => workloads.has(name) || (plan !== undefined && isPlanned(plan, name)))
    .map((name) => describeComponent({ name, ...states[name] }));
}

const describeComponent = ({
  name,
  ready,
  desired,
  image,
  message,
}: ComponentState & { readonly name: string }): NonNullable<StackStatus['components']>[number] => ({
  name,
  ready,
  desired,
  ...(image === undefined ? {} : { image }),
  message: clamp(message),
});

type OfPlan = Pick<StackStatus, 'connectionBudget' | 'clientBudget' | 'pool' | 'poolReasons' | 'endpoints'>;

/** The decisions whose reasons are told: those of the pools. */
const toldDecisions = [
  'pgbouncer.poolSize',
  'pgbouncer.reservePoolSize',
  'pgbouncer.minPoolSize',
  'service.databasePoolSize',
];

function describePlan(plan: StackPlan): OfPlan {
  const { clients } = plan.budgets;
  const { limit, lines, total, headroom } = plan.budgets.postgres;
  const { size, reserve, min, perService } = plan.pool;
  const { host, port, metricsPort } = plan.placement.service;
  const outside = describeRoutes(plan);
  const service = `http://${host}.${plan.namespace}.svc`;
  return {
    connectionBudget: {
      maxConnections: limit,
      lines: lines.map(({ name, connections, reason }) => ({ name, connections, reason })),
      total,
      headroom,
    },
    clientBudget: {
      maxClients: clients.limit,
      reason: clients.limitReason,
      lines: clients.lines.map(({ name, connections, reason }) => ({ name, connections, reason })),
      total: clients.total,
      headroom: clients.headroom,
    },
    poolReasons: plan.decisions
      .filter(({ field }) => toldDecisions.includes(field))
      .map(({ field, value, reason, source }) => ({ field, value: Number(value), reason, source })),
    pool: { size, reserve, min, perService },
    endpoints: {
      service: `${service}:${port}`,
      metrics: `${service}:${metricsPort}/metrics`,
      ...(outside.length > 0 ? { outside } : {}),
    },
  };
}

function describeRoutes({ service: { ingress, httpRoute } }: StackPlan): string[] {
  const url = ingress && `http${ingress.tlsSecretName === undefined ? '' : 's'}://${ingress.host}`;
  return [...(url === undefined ? [] : [url]), ...(httpRoute?.hostnames ?? [])];
}

type Known = OfPlan & Pick<StackStatus, 'postgresServer'>;

function carryOver(previous: StackStatus): Known {
  const { connectionBudget, clientBudget, pool, poolReasons, endpoints, postgresServer } = previous;
  return {
    ...(clientBudget && { clientBudget }),
    ...(poolReasons && { poolReasons }),
    ...(connectionBudget && { connectionBudget }),
    ...(pool && { pool }),
    ...(endpoints && { endpoints }),
    ...(postgresServer && { postgresServer }),
  };
}
