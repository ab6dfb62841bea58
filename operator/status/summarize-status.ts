import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { Decided } from '../reconcile/decide.ts';
import type { StepRecord } from '../reconcile/step.ts';
import { type Condition, findCondition, setCondition } from '../runtime/conditions.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import type { ComponentState } from './component-state.ts';
import { type ComponentInput, judgeComponent, judgeMigration, summarizeWorkloads } from './component-verdicts.ts';
import { type ComponentName, componentNames, type ObservedStack } from './observed-stack.ts';
import { judgeBudget, judgeDegraded, judgeProgressing, judgeReady } from './overall-verdicts.ts';
import { type ConditionType, conditionTypes, type StackStatus, type Verdict } from './stack-status.ts';

/** Everything a status is made of. */
export interface StatusInput {
  readonly stack: KubernetesObject;
  readonly decided: Decided;
  readonly records: readonly StepRecord[];
  readonly observed: ObservedStack;
  readonly migrationName: string | undefined;
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
  const plan = planOf(input.decided);
  const states = summarizeWorkloads(input.observed);
  const verdicts = judgeAll(input, plan, states);
  const known = plan ? describePlan(plan) : carryOver(previous);
  return {
    observedGeneration: input.stack.metadata.generation ?? 0,
    conditions: stampConditions(input, previous.conditions ?? [], verdicts),
    components: summarizeComponents(plan, states),
    ...known,
  };
}

/** The plan that the decision speaks of, also when it is not applied. */
function planOf(decided: Decided): StackPlan | undefined {
  return decided.kind === 'apply' ? decided.plan : undefined;
}

type Verdicts = Partial<Record<ConditionType, Verdict>>;

function judgeAll(
  input: StatusInput,
  plan: StackPlan | undefined,
  states: Record<ComponentName, ComponentState>,
): Verdicts {
  const { decided, records, observed, migrationName } = input;
  const components: ComponentInput = { plan, records, observed, migrationName };
  const byComponent = Object.fromEntries(
    componentNames.map((name) => [conditionOf[name], judgeComponent(name, states[name], components)]),
  ) as Verdicts;
  const degraded = judgeDegraded(decided, records, states);
  const progressing = judgeProgressing(decided, records, states);
  const migration = decided.kind === 'apply' ? { MigrationComplete: judgeMigration(components) } : {};
  const budget = judgeBudget(decided);
  const parts = { ...byComponent, ...migration };
  return {
    ...parts,
    ...(budget ? { BudgetFits: budget } : {}),
    Degraded: degraded,
    Progressing: progressing,
    Ready: judgeReady(decided, { degraded, progressing, records, parts }),
  };
}

/** Conditions in their fixed order. One without a new verdict stays as it is, and is Unknown when there is none. */
function stampConditions(input: StatusInput, previous: readonly Condition[], verdicts: Verdicts): Condition[] {
  const generation = input.stack.metadata.generation ?? 0;
  const unknown: Verdict = { status: 'Unknown', reason: 'NotPlanned', message: 'no valid spec has been seen yet' };
  const ordered = conditionTypes.flatMap((type) => findCondition(previous, type) ?? []);
  const stamped = conditionTypes.reduce<readonly Condition[]>((conditions, type) => {
    const verdict = verdicts[type] ?? (findCondition(conditions, type) ? undefined : unknown);
    if (verdict === undefined) return conditions;
    const message = clamp(verdict.message);
    return setCondition(conditions, { type, ...verdict, message, observedGeneration: generation }, input.now);
  }, ordered);
  return conditionTypes.flatMap((type) => findCondition(stamped, type) ?? []);
}

const clamp = (text: string): string =>
  text.length <= longestMessage ? text : `${text.slice(0, longestMessage - 1)}…`;

function summarizeComponents(
  plan: StackPlan | undefined,
  states: Record<ComponentName, ComponentState>,
): NonNullable<StackStatus['components']> {
  return componentNames
    .filter((name) => states[name].phase !== 'missing' || (plan !== undefined && isPlanned(plan, name)))
    .map((name) => {
      const { ready, desired, image, message } = states[name];
      return { name, ready, desired, ...(image === undefined ? {} : { image }), message: clamp(message) };
    });
}

const isPlanned = (plan: StackPlan, name: ComponentName): boolean =>
  name !== 'postgres' || plan.postgres.mode === 'Managed';

function describePlan(plan: StackPlan): Pick<StackStatus, 'connectionBudget' | 'pool' | 'endpoints'> {
  const { limit, lines, total, headroom } = plan.budgets.postgres;
  const { size, reserve, min, perService } = plan.pool;
  const { host, port, metricsPort } = plan.placement.service;
  const service = `http://${host}.${plan.namespace}.svc`;
  return {
    connectionBudget: {
      maxConnections: limit,
      lines: lines.map(({ name, connections, reason }) => ({ name, connections, reason })),
      total,
      headroom,
    },
    pool: { size, reserve, min, perService },
    endpoints: { service: `${service}:${port}`, metrics: `${service}:${metricsPort}/metrics` },
  };
}

function carryOver(previous: StackStatus): Pick<StackStatus, 'connectionBudget' | 'pool' | 'endpoints'> {
  const { connectionBudget, pool, endpoints } = previous;
  return { ...(connectionBudget && { connectionBudget }), ...(pool && { pool }), ...(endpoints && { endpoints }) };
}
