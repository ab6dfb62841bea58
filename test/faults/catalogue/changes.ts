import type { KubernetesObject } from '../../e2e/kubectl.ts';
import { COMPONENTS, type Component, podsOf, waitForPods, waitForReady, waitForStack } from '../../e2e/stack.ts';
import type { Fault } from '../fault.ts';
import type { Scene } from '../scene.ts';

const patchSpec = ({ namespace, place }: Scene, spec: object) =>
  namespace.patch('chatstack', place.stackName, { spec });

/** How long something took, in words. */
export const timed = async (work: () => Promise<unknown>): Promise<string> => {
  const startedAt = performance.now();
  await work();
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
};

const SHOW_SIZE = `PGPASSWORD=$PGBOUNCER_ADMIN_PASSWORD psql -X -h 127.0.0.1 -p 6432 -U chatstack_admin -d pgbouncer --csv -c 'SHOW CONFIG'`;

/** Waits inside of a pooler until its console shows the size: what is measured is not how long kubectl takes. */
const awaitPoolSize = (size: number) =>
  `until ${SHOW_SIZE} | grep -q '^default_pool_size,${size},'; do sleep 0.05; done`;

const POOL_SIZE = 12;

/** How long a rotation may take: each pooler serves for a while before the next is replaced. */
const ROTATION_SECONDS = 240;

const poolSize: Fault = {
  name: 'change the pool size',
  family: 'change',
  what: 'Another poolSize in the spec.',
  why: 'Nothing: poolers read their configuration again (RELOAD), no connection is dropped.',
  isSeamless: true,
  inject: async (scene) => {
    const pods = await podsOf(scene.place, 'pgbouncer');
    const before = pods.map(({ metadata }) => metadata.uid).sort();
    const command = ['sh', '-c', awaitPoolSize(POOL_SIZE)];
    const watching = pods.map(({ metadata }) => scene.namespace.exec(metadata.name, command));
    const took = await timed(async () => {
      await patchSpec(scene, { pgbouncer: { poolSize: POOL_SIZE } });
      await Promise.all(watching);
    });
    await waitForReady(scene.place);
    const after = (await podsOf(scene.place, 'pgbouncer')).map(({ metadata }) => metadata.uid).sort();
    if (String(before) !== String(after)) throw new Error('expected the poolers to run on, found other pods');
    return `in SHOW CONFIG of every pooler after ${took}`;
  },
};

const rollPoolers: Fault = {
  name: 'roll the poolers',
  family: 'change',
  what: 'Another memory request of the poolers: every pooler is replaced.',
  why: 'No error: a new pooler is Ready before an old one is stopped, which serves on while it is forgotten and lets transactions end.',
  isSeamless: true,
  inject: async (scene) => {
    await patchSpec(scene, { pgbouncer: { resources: { requests: { memory: '48Mi' } } } });
    return `rolled in ${await timed(() => waitForReady(scene.place))}`;
  },
};

const rollService: Fault = {
  name: 'roll the service',
  family: 'change',
  what: 'Another image of the service: migration, then every process is replaced.',
  why: 'No error: a new process is Ready before an old one stops, which answers on for 5 s while it is forgotten and ends when all are answered.',
  isSeamless: true,
  inject: async (scene) => {
    await patchSpec(scene, { service: { image: scene.images.otherService } });
    return `rolled in ${await timed(() => waitForReady(scene.place))}`;
  },
};

const restartPostgres: Fault = {
  name: 'restart Postgres by a parameter',
  family: 'change',
  what: 'Another wal_buffers in the spec, which Postgres takes at its start alone.',
  why: 'There is one Postgres, so what no cache answers waits or gets 503 from its shutdown until the new pod accepts connections.',
  inject: async (scene) => {
    await patchSpec(scene, { postgres: { parameters: { wal_buffers: '8MB' } } });
    return `Ready again after ${await timed(() => waitForReady(scene.place))}`;
  },
};

/** What ran before must run on: pods of components with how often their first container started again. */
export const uidsOf = async ({ place }: Scene, components: readonly Component[]): Promise<string[]> =>
  (await Promise.all(components.map((name) => podsOf(place, name))))
    .flat()
    .map(({ metadata, status }) => `${metadata.uid} ${status.containerStatuses[0].restartCount}`)
    .toSorted();

/** Other passwords for everything that the stack runs. */
export const rotatePasswords: Fault = {
  name: 'rotate passwords',
  family: 'change',
  what: 'Other passwords for Postgres, the poolers and Redis (`chatstack rotate`).',
  why: 'No error: servers take the former and the new passwords until the last pod with the former ones is gone; poolers and processes are replaced as in any roll-out.',
  isSeamless: true,
  inject: async (scene) => {
    const { namespace, place } = scene;
    const request = new Date().toISOString();
    const before = await uidsOf(scene, ['postgres', 'redis']);
    const took = await timed(async () => {
      await namespace.patch('chatstack', place.stackName, {
        metadata: { annotations: { 'chatstack.dev/rotate': request } },
      });
      const isRotated = ({ status: { credentials } }: KubernetesObject) =>
        credentials?.request === request && credentials.phase === 'Current';
      await waitForStack(place, 'the passwords to be rotated', isRotated, ROTATION_SECONDS);
    });
    if (String(before) !== String(await uidsOf(scene, ['postgres', 'redis'])))
      throw new Error('expected Postgres and Redis to run on, found other pods, or that they started again');
    return `the former passwords were refused after ${took}`;
  },
  // Other faults enter the server with what its container was started with.
  restore: async ({ namespace, place }) => {
    const former = await podsOf(place, 'postgres');
    await namespace.kubectl(['delete', 'pod', ...former.map(({ metadata }) => metadata.name), '--wait=false']);
    const uids = former.map(({ metadata }) => metadata.uid);
    await waitForPods(place, 'postgres', 1, uids);
    await waitForReady(place);
  },
};

const upgradeChart: Fault = {
  name: 'upgrade the chart',
  family: 'change',
  what: 'The chart of the operator is upgraded, which replaces its pods.',
  why: 'Nothing: an upgrade of the operator rolls no pod of a stack by itself.',
  isSeamless: true,
  inject: async (scene) => {
    const uids = () => uidsOf(scene, COMPONENTS);
    const upgrade = scene.upgradeOperator;
    if (!upgrade)
      throw new Error('expected a run that installed the chart itself, found another one: use `make faults`');
    const before = await uids();
    const took = await timed(() => upgrade({ 'podAnnotations.round': 'upgraded' }));
    await waitForReady(scene.place);
    if (String(before) !== String(await uids()))
      throw new Error('expected the pods of the stack to run on, found other pods');
    return `upgraded in ${took}, no pod of the stack replaced`;
  },
};

/** What an administrator does on purpose. */
export const changes: readonly Fault[] = [
  poolSize,
  rollPoolers,
  rollService,
  restartPostgres,
  rotatePasswords,
  upgradeChart,
];
