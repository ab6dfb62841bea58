import { setTimeout as elapse } from 'node:timers/promises';
import { RELEASE } from '../../e2e/operator-release.ts';
import { waitForReady, waitForStack } from '../../e2e/stack.ts';
import type { Fault } from '../fault.ts';
import type { Scene } from '../scene.ts';

/** The pod that holds the Lease. */
async function findLeader({ operator }: Scene) {
  const lease = await operator.get('lease', RELEASE);
  const holder = String(lease.spec.holderIdentity ?? '');
  const pods = await operator.list('pods');
  const leader = pods.find(({ metadata }) => holder.startsWith(metadata.name));
  if (leader) return leader;
  throw new Error(`expected the Lease ${RELEASE} to be held by a pod of the operator, found "${holder}"`);
}

/** Changes the spec so that poolers and service are rolled: many API calls in turn. */
async function changeMuch({ namespace, place }: Scene, value: number): Promise<void> {
  const requests = { memory: `${value}Mi` };
  const spec = {
    pgbouncer: { resources: { requests } },
    service: { env: [{ name: 'FAULTS_ROUND', value: String(value) }] },
  };
  await namespace.patch('chatstack', place.stackName, { spec });
}

/** Pods that crashed would be started late when they crash again. */
const replaceOperator = async ({ operator }: Scene): Promise<void> => {
  await operator.kubectl(['delete', 'pods', '--all', '--wait=true', '--timeout=180s']);
};

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

const killIdle: Fault = {
  name: 'kill the operator',
  family: 'operator',
  what: 'The leader of two operator pods is killed (SIGKILL) while it has nothing to do; then the pool size in the spec is changed.',
  why: 'Nothing: no request goes through the operator. The other one takes over when the Lease has run out (15 s) and does what waited.',
  isSeamless: true,
  restore: replaceOperator,
  inject: async (scene) => {
    const killedAt = performance.now();
    await scene.nodes.signal(await findLeader(scene), 'KILL');
    await scene.namespace.patch('chatstack', scene.place.stackName, { spec: { pgbouncer: { poolSize: 9 } } });
    await waitForStack(scene.place, 'the other operator to see the change', () => true);
    const seen = seconds(killedAt);
    await waitForReady(scene.place);
    return `the other one reconciled ${seen} after the kill; the change was in force after ${seconds(killedAt)}`;
  },
};

const deleteAll: Fault = {
  name: 'delete the operator',
  family: 'operator',
  what: 'Both operator pods are deleted without a grace period.',
  why: 'Nothing: the stack runs on by itself.',
  isSeamless: true,
  inject: async ({ operator }) => {
    await operator.kubectl(['delete', 'pods', '--all', '--grace-period=0', '--force', '--wait=false']);
    return undefined;
  },
};

/** Moments after a change at which the leader is killed, in milliseconds: before, amid and after its writes. */
const MOMENTS = [40, 150, 400, 1_500] as const;

const buildKillDuringChange = (moment: number, index: number): Fault => ({
  name: `kill the leader ${moment} ms into a change`,
  family: 'operator',
  what: `The spec is changed so that poolers and service roll; ${moment} ms later the leader is killed.`,
  why: 'The other one goes on where the first one was: every step is repeated until what is there is what should be, and the roll-out itself is made by Kubernetes.',
  isSeamless: true,
  restore: replaceOperator,
  inject: async (scene) => {
    const leader = await findLeader(scene);
    await changeMuch(scene, 33 + index);
    await elapse(moment);
    const killedAt = performance.now();
    await scene.nodes.signal(leader, 'KILL');
    await waitForReady(scene.place);
    return `Ready ${seconds(killedAt)} after the kill`;
  },
});

/** What may happen to the operator itself. */
export const operatorFaults: readonly Fault[] = [killIdle, deleteAll, ...MOMENTS.map(buildKillDuringChange)];
