import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import { conditionOf, openTestCluster, type TestCluster } from './testing/test-cluster.ts';
import { judgeGrowth } from './volumes-step.ts';

const storageClass: Resource = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
};

const claimOf = (asked: string, status: object) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'acme-postgres', namespace: 'chat' },
  spec: { resources: { requests: { storage: asked } } },
  status,
});

describe('a volume', () => {
  test('has nothing to follow before it is there, and when it has what was asked for, or more', () => {
    for (const status of [{}, { capacity: { storage: '2Gi' } }, { capacity: { storage: '2048Mi' } }])
      expect(judgeGrowth(claimOf('2Gi', status))).toEqual({ kind: 'done' });
  });

  test('that grows is waited for, and says what its file system waits for', () => {
    const growing = judgeGrowth(claimOf('2Gi', { capacity: { storage: '1Gi' } }));
    expect(growing).toMatchObject({ kind: 'waiting', reason: 'VolumeGrowing' });
    const conditions = [{ type: 'FileSystemResizePending', status: 'True' }];
    const pending = judgeGrowth(claimOf('2Gi', { capacity: { storage: '1Gi' }, conditions }));
    expect(pending).toMatchObject({ kind: 'waiting', message: expect.stringMatching(/when the pod starts again/) });
  });

  test('that cannot grow is told with the reason of the storage', () => {
    const conditions = [{ type: 'ControllerResizeError', status: 'True', message: 'quota exceeded' }];
    for (const status of [{ conditions }, { allocatedResourceStatuses: { storage: 'NodeResizeInfeasible' } }])
      expect(judgeGrowth(claimOf('2Gi', { capacity: { storage: '1Gi' }, ...status }))).toMatchObject({
        kind: 'stalled',
        reason: 'VolumeNotGrown',
        message: expect.stringMatching(/has 1Gi, 2Gi was asked for: (quota exceeded|the storage has no room)/),
      });
  });
});

describeWithApiServer('a volume whose size is changed', (server) => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'volumes');
  }, 60_000);
  afterAll(() => cluster.close());

  const sized = (size: string, storageClassName: string) => ({ postgres: { storage: { size, storageClassName } } });

  /** Makes the stack's claim one that is bound to a volume of a class, as a provisioner does. */
  async function bindVolume(stack: string, allowVolumeExpansion: boolean): Promise<void> {
    const name = `${cluster.namespace}-${stack}`;
    const provisioner = 'example.com/disks';
    await cluster.client.create(storageClass, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name },
      provisioner,
      allowVolumeExpansion,
    } as KubernetesObject);
    await cluster.makeReady(stack, sized('1Gi', name));
    await setStatus(stack, { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] });
  }
  const setStatus = (stack: string, status: object) =>
    cluster.client.patch(
      builtIn.persistentVolumeClaim,
      { namespace: cluster.namespace, name: `${stack}-postgres` },
      { status },
      'status',
    );

  test('is followed until it has grown', async () => {
    await bindVolume('growing', true);
    await cluster.applyStack('growing', sized('2Gi', `${cluster.namespace}-growing`));
    const growing = await cluster.awaitCondition('growing', 'Progressing', 'True', 'VolumeGrowing');
    expect(conditionOf(growing, 'Ready')?.message).toMatch(/has 1Gi, 2Gi was asked for/);
    await cluster.awaitCondition('growing', 'PostgresReady', 'True');
    await setStatus('growing', { capacity: { storage: '2Gi' } });
    await cluster.awaitCondition('growing', 'Ready', 'True');
  }, 60_000);

  test('of a class whose volumes do not grow is told what to do, and holds up nothing else', async () => {
    await bindVolume('fixed', false);
    await cluster.applyStack('fixed', sized('2Gi', `${cluster.namespace}-fixed`));
    const refused = await cluster.awaitCondition('fixed', 'Degraded', 'True', 'VolumeNotExpandable');
    expect(conditionOf(refused, 'Degraded')?.message).toMatch(
      /set allowVolumeExpansion: true .* all else .* is applied/,
    );
    await cluster.applyStack('fixed', { ...sized('2Gi', `${cluster.namespace}-fixed`), service: { replicas: 4 } });
    const replicasOf = ({ spec }: KubernetesObject) => (spec as { replicas: number }).replicas;
    await cluster.awaitObject(builtIn.deployment, 'fixed-service', (service) => replicasOf(service) === 4);
    await cluster.awaitCondition('fixed', 'ServiceReady', 'True');
    await cluster.awaitQuiet(300);
  }, 60_000);
});
