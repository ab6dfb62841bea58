import { RELEASE } from '../../e2e/operator-release.ts';
import { buildStack, waitForReady } from '../../e2e/stack.ts';
import { buildSpec, WANTED_PODS } from '../../faults/stage.ts';
import type { Alarm } from '../alarm.ts';

const scale = (replicas: number | undefined) => ['scale', 'deployment', RELEASE, `--replicas=${replicas}`];

const operatorDown: Alarm = {
  name: 'operator down',
  what: "The operator's Deployment is scaled to none.",
  stack: 'first',
  isAlone: true,
  expects: [{ alert: 'ChatStackOperatorDown', severity: 'critical' }],
  begin: async ({ operator }) => void (await operator.kubectl(scale(0))),
  end: async ({ operator }) => void (await operator.kubectl(scale(WANTED_PODS.operator))),
};

const withoutLead: Alarm = {
  name: 'operator without a lead',
  what: 'The right to write the Lease by which the two processes of the operator choose one of them is taken away (its RoleBinding is deleted).',
  stack: 'first',
  isAlone: true,
  expects: [{ alert: 'ChatStackOperatorWithoutLead', severity: 'warning' }],
  begin: async ({ operator }) => void (await operator.kubectl(['delete', 'rolebinding', `${RELEASE}-election`])),
  // As the runbook of an operator whose rights were changed has it.
  end: async ({ upgradeOperator }) => upgradeOperator?.({}),
};

const leftBehind: Alarm = {
  name: 'ChatStack deleted alone',
  what: 'The ChatStack is deleted, and what it is made of is left (`kubectl delete --cascade=orphan`). Then it is applied again, and takes that over.',
  stack: 'eighth',
  expects: [{ alert: 'ChatStackUnwatched', severity: 'warning' }],
  begin: async ({ namespace, place }) =>
    void (await namespace.kubectl(['delete', 'chatstack', place.stackName, '--cascade=orphan'])),
  end: async ({ namespace, place }) => {
    await namespace.apply(buildStack(place.stackName, buildSpec()));
    await waitForReady(place);
  },
};

/** What happens to the operator, or to what it looks at. */
export const operatorAlarms: readonly Alarm[] = [leftBehind, operatorDown, withoutLead];
