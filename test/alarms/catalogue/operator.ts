import { RELEASE } from '../../e2e/operator-release.ts';
import { WANTED_PODS } from '../../faults/stage.ts';
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
  expects: [
    { alert: 'ChatStackOperatorWithoutLead', severity: 'warning' },
    { alert: 'ChatStackUnwatched', severity: 'warning' },
  ],
  begin: async ({ operator }) => void (await operator.kubectl(['delete', 'rolebinding', `${RELEASE}-election`])),
  // As the runbook of an operator whose rights were changed has it.
  end: async ({ upgradeOperator }) => upgradeOperator?.({}),
};

/** What happens to the operator. */
export const operatorAlarms: readonly Alarm[] = [operatorDown, withoutLead];
