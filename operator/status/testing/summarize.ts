import { chatStackStatusSchema } from '@chatstack/stack/api/status.ts';
import { nothingObserved } from '@chatstack/stack/plan/plan-input.ts';
import { expect } from '@jest/globals';
import { type Decided, decideAnew } from '../../reconcile/decide.ts';
import type { ObservedServer } from '../../reconcile/external-server.ts';
import type { StepRecord, StepResult } from '../../reconcile/step.ts';
import { stackSteps } from '../../reconcile/steps.ts';
import type { KubernetesObject } from '../../runtime/object.ts';
import { componentNames, type ObservedStack } from '../observed-stack.ts';
import type { ConditionType, StackStatus } from '../stack-status.ts';
import { summarizeStatus } from '../summarize-status.ts';

const noon = Date.UTC(2026, 0, 1, 12);

/** A ChatStack with this spec and status. */
export const stackOf = (spec: object, status?: object, generation = 1): KubernetesObject => ({
  apiVersion: 'chatstack.dev/v1alpha1',
  kind: 'ChatStack',
  metadata: { name: 'acme', namespace: 'chat', uid: 'u', generation },
  spec,
  ...(status ? { status } : {}),
});

/** A Deployment of one replica, by its component. */
export const workload = (component: string, ready = 1): [string, KubernetesObject] => [
  component,
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `acme-${component}`, generation: 1 },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: ready, availableReplicas: ready },
  },
];

const job = (type?: 'Complete' | 'Failed'): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'acme-migrate-1' },
  status: type ? { conditions: [{ type, status: 'True', reason: 'R', message: 'm' }] } : {},
});

/** What a cluster shows of a stack that runs. */
export const running = (
  components: readonly string[] = [...componentNames, 'exporters', 'prometheus', 'grafana'],
  done: 'Complete' | 'Failed' | undefined = 'Complete',
): ObservedStack => ({
  workloads: new Map(components.map((each) => workload(each))),
  jobs: [job(done)],
  pods: [],
  backupJobs: [],
});

/** Every step done, but for those named, and those that need them. */
export function recordsWith(open: Readonly<Record<string, StepResult>> = {}): StepRecord[] {
  const records: StepRecord[] = [];
  for (const { name, needs } of stackSteps) {
    const unmet = needs.find((each) => records.find((record) => record.name === each)?.result.kind !== 'done');
    const result: StepResult = unmet ? { kind: 'skipped', needs: unmet } : (open[name] ?? { kind: 'done' });
    records.push({ name, result });
  }
  return records;
}

/** What a status is made of, where it is not that of a stack that runs as planned. */
export interface Case {
  spec?: object;
  previous?: object;
  generation?: number;
  records?: StepRecord[];
  observed?: ObservedStack;
  volume?: KubernetesObject;
  awaiting?: string[];
  server?: ObservedServer;
  room?: 'free' | 'full';
}

/** The status of a case, which the CRD must know in full. */
export function summarize(given: Case): StackStatus & { decided: Decided } {
  const stack = stackOf(given.spec ?? {}, given.previous, given.generation);
  const decided = decideAnew(stack, { serviceImage: undefined, volume: given.volume, observed: nothingObserved });
  const status = summarizeStatus({
    stack,
    decided,
    records: decided.kind === 'apply' ? (given.records ?? recordsWith()) : [],
    observed: given.observed ?? running(),
    migrationName: decided.kind === 'apply' ? 'acme-migrate-1' : undefined,
    server: given.server,
    room: given.room,
    now: noon,
    awaiting: decided.kind === 'apply' ? (given.awaiting ?? []) : undefined,
    plannedBy: '0.1.0',
    version: '0.2.0',
  });
  // What the CRD doesn't know would be dropped by the API server, and written for ever.
  expect(chatStackStatusSchema.safeParse(status).error).toBeUndefined();
  return { ...status, decided };
}

/** The condition of a status. */
export const conditionOf = (status: StackStatus, type: ConditionType) =>
  status.conditions?.find((each) => each.type === type);
/** What conditions of these types are. */
export const statuses = (status: StackStatus, ...types: ConditionType[]) =>
  types.map((type) => conditionOf(status, type)?.status);
