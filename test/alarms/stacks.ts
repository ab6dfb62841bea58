import { boundedStorage, buildSpec, type Difference } from '../faults/stage.ts';
import type { Alarm, StackName } from './alarm.ts';
import { hourly } from './catalogue/refusals.ts';

/** The stack whose volume the kubelet measures. */
export const MEASURED: StackName = 'third';

/** How stacks differ from the others. */
const differences: { readonly [name in StackName]?: Difference } = {
  third: { storage: boundedStorage },
  fifth: { tls: hourly },
  sixth: { pgbouncer: { maxClientConnections: 100 } },
};

/** The specs of the stacks that are broken, by their names. Pure. */
export function buildStackSpecs(alarms: readonly Alarm[]): Record<string, object> {
  const names = new Set(alarms.map(({ stack }) => stack));
  return Object.fromEntries([...names].map((name) => [name, buildSpec(differences[name])]));
}
