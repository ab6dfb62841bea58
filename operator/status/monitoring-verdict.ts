import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { componentOf } from '../reconcile/child-kinds.ts';
import type { StepRecord } from '../reconcile/step.ts';
import { type ComponentState, summarizeWorkload } from './component-state.ts';
import { describeOpen } from './component-verdicts.ts';
import type { ObservedStack } from './observed-stack.ts';
import type { Verdict } from './stack-status.ts';

/** Workloads that measure a stack, tell of alerts and show dashboards. Whether the stack serves does not rest on them. */
const monitoringNames = ['exporters', 'prometheus', 'alertmanager', 'grafana'] as const;

type MonitoringName = (typeof monitoringNames)[number];

/** Whether the stack itself runs it. */
function isPlanned({ monitoring }: StackPlan, name: MonitoringName): boolean {
  switch (name) {
    case 'exporters':
      return monitoring?.exporters !== undefined;
    case 'prometheus':
      return monitoring?.prometheus?.mode === 'Managed';
    case 'grafana':
      return monitoring?.grafana?.mode === 'Managed';
    default:
      return monitoring?.alertmanager !== undefined;
  }
}

/** What of a stack's monitoring runs, and how. */
export interface MonitoringState extends ComponentState {
  readonly name: MonitoringName;
}

/** The state of each workload that is planned. */
export function summarizeMonitoring(plan: StackPlan, { workloads, pods }: ObservedStack): MonitoringState[] {
  return monitoringNames
    .filter((name) => isPlanned(plan, name))
    .map((name) => ({
      name,
      ...summarizeWorkload(
        workloads.get(name),
        pods.filter((pod) => componentOf(pod) === name),
      ),
    }));
}

/** Whether the stack is measured as planned. It says nothing of the chat, and the chat is Ready whatever it says. */
export function judgeMonitoring(
  plan: StackPlan,
  records: readonly StepRecord[],
  states: readonly MonitoringState[],
): Verdict {
  if (plan.monitoring === undefined)
    return { status: 'True', reason: 'NotAskedFor', message: 'nothing is measured: its plan has no monitoring' };
  const open = records.find(({ name, result }) => name === 'monitoring' && result.kind !== 'done');
  if (open !== undefined) return { status: 'False', ...describeOpen(open, records) };
  const starting = states.find(({ phase }) => phase !== 'ready');
  if (starting !== undefined) {
    const message = `${starting.name}: ${starting.message}`;
    return { status: 'False', reason: starting.reason, message };
  }
  const names = states.map(({ name }) => name).join(', ');
  return {
    status: 'True',
    reason: 'AsPlanned',
    message: names === '' ? 'everything is told to those who measure' : `${names}: as planned`,
  };
}
