import { RELEASE } from '../../e2e/operator-release.ts';
import { WANTED_PODS } from '../../faults/stage.ts';
import type { Alarm } from '../alarm.ts';

const scale = (replicas: number | undefined) => ['scale', 'deployment', RELEASE, `--replicas=${replicas}`];

const operatorDown: Alarm = {
  name: 'operator down',
  what: "The operator's Deployment is scaled to none.",
  stack: 'first',
  expects: [{ alert: 'ChatStackOperatorDown', severity: 'critical' }],
  begin: async ({ operator }) => void (await operator.kubectl(scale(0))),
  end: async ({ operator }) => void (await operator.kubectl(scale(WANTED_PODS.operator))),
};

/** What happens to the operator. */
export const operatorAlarms: readonly Alarm[] = [operatorDown];
