import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { componentOf } from '../reconcile/child-kinds.ts';
import type { ObservedServer } from '../reconcile/external-server.ts';
import type { StepRecord } from '../reconcile/step.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { summarizeCluster } from './cluster-state.ts';
import { type ComponentState, summarizeWorkload } from './component-state.ts';
import { summarizeMigration } from './migration-state.ts';
import { type ComponentName, componentNames, type ObservedStack } from './observed-stack.ts';
import { judgeAbsent } from './planned-components.ts';
import { isFull } from './postgres-room.ts';
import type { Verdict } from './stack-status.ts';

/** What a component's verdict rests on. Without a plan (refused, suspended) only its workload speaks. */
export interface ComponentInput {
  readonly plan: StackPlan | undefined;
  /** Empty when no step was to run. */
  readonly records: readonly StepRecord[];
  readonly observed: ObservedStack;
  /** Name of the migration Job of the planned version, once it is known. */
  readonly migrationName: string | undefined;
  /** What is known of an external Postgres. */
  readonly server?: ObservedServer | undefined;
}

/** The steps that bring a component to its planned version: while one isn't done, the component isn't what was asked for. */
const stepsOf: Readonly<Record<ComponentName, readonly string[]>> = {
  postgres: ['cluster', 'data', 'held'],
  pgbouncer: ['data', 'pool', 'held'],
  redis: ['data'],
  service: ['service'],
};

/** The state of what runs a component: a workload, or a Cluster of CloudNativePG. */
export const summarizeComponent = (
  workload: KubernetesObject | undefined,
  pods: readonly KubernetesObject[],
): ComponentState => (workload?.kind === 'Cluster' ? summarizeCluster(workload) : summarizeWorkload(workload, pods));

/** The state of each component's workload. */
export function summarizeWorkloads(observed: ObservedStack): Record<ComponentName, ComponentState> {
  const stateOf = (name: ComponentName) =>
    summarizeComponent(
      observed.workloads.get(name),
      observed.pods.filter((pod) => componentOf(pod) === name),
    );
  return Object.fromEntries(componentNames.map((name) => [name, stateOf(name)])) as Record<
    ComponentName,
    ComponentState
  >;
}

/** Whether a component runs as planned: its steps are done and every pod of its newest version is ready. */
export function judgeComponent(name: ComponentName, state: ComponentState, input: ComponentInput): Verdict {
  const absent = judgeAbsent(input.plan, name, input.observed);
  if (absent !== undefined) return absent;
  if (isFull(state)) return { status: 'False', reason: state.reason, message: state.message };
  if (name === 'postgres' && input.server !== undefined) return judgeExternal(input, input.server);
  const open = input.records.find(({ name: step, result }) => stepsOf[name].includes(step) && result.kind !== 'done');
  if (open === undefined) {
    return { status: state.phase === 'ready' ? 'True' : 'False', reason: state.reason, message: state.message };
  }
  const why = describeOpen(open, input.records);
  if (state.phase === 'missing')
    return { status: 'False', reason: 'NotCreated', message: `not created yet: ${why.message}` };
  return { status: 'False', reason: why.reason, message: `${state.message}, not as planned yet: ${why.message}` };
}

/** Why a step isn't done: its own result, or that of the step that holds it up. */
export function describeOpen(record: StepRecord, records: readonly StepRecord[]): { reason: string; message: string } {
  const { result } = record;
  if (result.kind === 'done') return { reason: 'Done', message: `step ${record.name} is done` };
  if (result.kind !== 'skipped') return { reason: result.reason, message: result.message };
  const cause = records.find(({ name }) => name === result.needs);
  return cause ? describeOpen(cause, records) : { reason: 'Waiting', message: `waits for step ${result.needs}` };
}

/** Nobody here watches an external server: what was found when it was asked last is what is known. */
function judgeExternal(input: ComponentInput, { facts, record }: ObservedServer): Verdict {
  if (record?.result.kind === 'stalled') return { status: 'False', ...describeOpen(record, input.records) };
  if (facts === undefined) return { status: 'Unknown', reason: 'External', message: 'the server was not asked yet' };
  const postgres = input.plan?.postgres;
  const where = postgres ? `${postgres.host}:${postgres.port}` : 'the server';
  const what = `${where} runs PostgreSQL ${facts.version} for ${facts.maxConnections} connections, ${facts.reservedConnections} of them reserved`;
  return { status: 'True', reason: 'External', message: what };
}

/** Whether the database has the planned version. */
export function judgeMigration(input: ComponentInput): Verdict {
  const record = input.records.find(({ name }) => name === 'migration');
  const state = summarizeMigration(currentJob(input), input.observed.pods);
  if (record?.result.kind === 'done') return { status: 'True', reason: 'Completed', message: state.message };
  if (state.phase === 'failed') return { status: 'False', reason: 'Failed', message: state.message };
  const open = record && describeOpen(record, input.records);
  return { status: 'False', reason: open?.reason ?? 'Waiting', message: open?.message ?? state.message };
}

const currentJob = ({ observed, migrationName }: ComponentInput): KubernetesObject | undefined =>
  observed.jobs.find((job) => job.metadata.name === migrationName);
