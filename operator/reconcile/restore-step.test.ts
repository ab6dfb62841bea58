import { restoreAnnotation } from '@chatstack/stack/render/kubernetes/restore.ts';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { chatStackResource, labels } from './child-kinds.ts';
import { conditionOf, openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const spec = { postgres: { backup: { volume: { size: '2Gi' } } } };

describeWithApiServer('backups and restores on a real API server', (server) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'backups');
  });
  afterAll(() => cluster.close());
  beforeEach(() => {
    cluster.play.jobs = 'complete';
  });

  const ask = (name: string, value: string | null) => {
    const { resource, key } = cluster.at(chatStackResource, name);
    return cluster.client.patch(resource, key, { metadata: { annotations: { [restoreAnnotation]: value } } });
  };
  const awaitStatus = (name: string, holds: (status: StackStatus) => boolean) =>
    cluster.awaitObject(chatStackResource, name, ({ status }) => holds((status ?? {}) as StackStatus));
  const restoreJobs = async (name: string) =>
    (await cluster.list(builtIn.job)).filter(
      ({ metadata }) => metadata.labels?.[labels.instance] === name && metadata.labels[labels.component] === 'restore',
    );
  const replicasOf = (deployment: KubernetesObject) => (deployment.spec as { replicas?: number }).replicas;

  /** A Job of the CronJob that ended at that time, with what its pod left. */
  async function runBackup(stack: string, at: string, exitCode: number, message: string): Promise<void> {
    const cronJob = await cluster.get(builtIn.cronJob, `${stack}-backup`);
    const { jobTemplate } = cronJob.spec as { jobTemplate: { metadata: object; spec: object } };
    cluster.play.jobs = 'hold';
    const { uid = '' } = cronJob.metadata;
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: cronJob.metadata.name, uid, controller: true };
    const key = { namespace: cluster.namespace, name: `${stack}-${exitCode}` };
    const pod = await cluster.addPod(stack, 'backup', key.name);
    const jobLabel = { 'batch.kubernetes.io/job-name': key.name };
    await cluster.client.patch(builtIn.pod, key, { metadata: { labels: { ...pod.metadata.labels, ...jobLabel } } });
    const terminated = { exitCode, message, finishedAt: at };
    const container = {
      name: 'program',
      ready: false,
      restartCount: 0,
      image: 'i',
      imageID: '',
      state: { terminated },
    };
    const podStatus = { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses: [container] };
    await cluster.client.patch(builtIn.pod, key, { status: podStatus }, 'status');
    await cluster.client.create(builtIn.job, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { ...key, ...jobTemplate.metadata, ownerReferences: [owner] },
      spec: jobTemplate.spec,
    } as KubernetesObject);
    const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: at });
    const status =
      exitCode === 0
        ? {
            startTime: at,
            completionTime: at,
            succeeded: 1,
            conditions: ['SuccessCriteriaMet', 'Complete'].map(condition),
          }
        : { startTime: at, failed: 1, conditions: ['FailureTarget', 'Failed'].map(condition) };
    await cluster.client.patch(builtIn.job, key, { status }, 'status');
  }

  test('a backup is told of in status and by an Event; one that failed makes the stack Degraded and not less Ready', async () => {
    await cluster.makeReady('kept', spec);
    const id = '20260102T030405Z';
    await runBackup('kept', '2026-01-02T03:04:09Z', 0, JSON.stringify({ id, bytes: 1000, rows: 10, seconds: 2 }));
    const stack = await awaitStatus('kept', ({ backup }) => backup?.lastSuccess !== undefined);
    expect((stack.status as StackStatus).backup?.lastSuccess).toMatchObject({ id, bytes: 1000, rows: 10, seconds: 2 });
    await cluster.awaitEvents('kept', 'BackedUp');

    await cluster.client.delete(builtIn.job, { namespace: cluster.namespace, name: 'kept-0' });
    await runBackup('kept', '2026-01-03T03:04:09Z', 1, 'pg_dump: error\nbackup: the volume is full');
    const degraded = await cluster.awaitCondition('kept', 'Degraded', 'True', 'BackupFailed');
    expect(conditionOf(degraded, 'Degraded')?.message).toContain('backup: the volume is full');
    expect(conditionOf(degraded, 'Degraded')?.message).toContain(id);
    expect(conditionOf(degraded, 'Ready')?.status).toBe('True');
  });

  test('a restore begins when no pod of the service is left, and the service comes back when it is done', async () => {
    await cluster.makeReady('asked', spec);
    const usual = replicasOf(await cluster.get(builtIn.deployment, 'asked-service'));
    await cluster.addPod('asked', 'service', 'asked-service-1');
    cluster.play.jobs = 'hold';
    await ask('asked', 'latest@1');
    await cluster.awaitObject(builtIn.deployment, 'asked-service', (found) => replicasOf(found) === 0);
    const stopping = await cluster.awaitCondition('asked', 'Ready', 'False', 'Restoring');
    expect((stopping.status as StackStatus).restore).toMatchObject({ phase: 'Stopping', request: 'latest@1' });
    expect(await restoreJobs('asked')).toEqual([]);

    await cluster.client.delete(builtIn.pod, { namespace: cluster.namespace, name: 'asked-service-1' });
    await awaitStatus('asked', ({ restore }) => restore?.phase === 'Restoring');
    expect(await restoreJobs('asked')).toHaveLength(1);
    await cluster.stopOperator();
    cluster.startOperator();
    const [job] = await restoreJobs('asked');
    cluster.play.jobs = 'complete';
    await cluster.client.patch(
      builtIn.job,
      { namespace: cluster.namespace, name: job?.metadata.name ?? '' },
      { metadata: { annotations: { seen: 'yes' } } },
    );
    const ready = await cluster.awaitCondition('asked', 'Ready', 'True');
    expect((ready.status as StackStatus).restore?.phase).toBe('Complete');
    expect(replicasOf(await cluster.get(builtIn.deployment, 'asked-service'))).toBe(usual);
    expect(await restoreJobs('asked')).toHaveLength(1);
    await cluster.awaitEvents('asked', 'RestoreStarted', 'Restored');
  });

  test('one that failed leaves the service running, says why, and is not begun again', async () => {
    await cluster.makeReady('failing', spec);
    cluster.play.jobs = 'fail';
    await ask('failing', 'latest');
    const stack = await cluster.awaitCondition('failing', 'Degraded', 'True', 'RestoreFailed');
    expect(conditionOf(stack, 'Degraded')?.message).toMatch(/kubectl delete job failing-restore-/);
    await cluster.awaitObject(builtIn.deployment, 'failing-service', (found) => (replicasOf(found) ?? 0) > 0);
    await cluster.awaitCondition('failing', 'Ready', 'True');
    expect(await restoreJobs('failing')).toHaveLength(1);
    await ask('failing', null);
    await cluster.awaitCondition('failing', 'Degraded', 'False');
  });

  test('one that nobody asks for any more is ended, and the service comes back', async () => {
    await cluster.makeReady('regretted', spec);
    cluster.play.jobs = 'hold';
    await ask('regretted', 'latest');
    await awaitStatus('regretted', ({ restore }) => restore?.phase === 'Restoring');
    await ask('regretted', null);
    const [job] = await restoreJobs('regretted');
    const name = job?.metadata.name ?? '';
    await cluster.awaitObject(builtIn.job, name, ({ metadata }) => metadata.deletionTimestamp !== undefined);
    // What the garbage collector does when the pods are gone.
    await cluster.client.patch(builtIn.job, { namespace: cluster.namespace, name }, { metadata: { finalizers: null } });
    await cluster.awaitCondition('regretted', 'Ready', 'True');
    await cluster.awaitObject(builtIn.deployment, 'regretted-service', (found) => (replicasOf(found) ?? 0) > 0);
  });

  test('one of a stack without backups, or in words that say none, is refused while the service runs on', async () => {
    await cluster.makeReady('without');
    await ask('without', 'latest');
    const stack = await cluster.awaitCondition('without', 'Degraded', 'True', 'RestoreRefused');
    expect(conditionOf(stack, 'Degraded')?.message).toContain('spec.postgres.backup');
    expect(conditionOf(stack, 'Ready')?.status).toBe('True');
    await ask('without', 'the newest one');
    await awaitStatus('without', ({ restore }) => restore?.message.includes('"the newest one"') === true);
  });

  test('a volume of backups that would shrink is refused', async () => {
    await cluster.makeReady('smaller', spec);
    await cluster.applyStack('smaller', {});
    await cluster.awaitCondition('smaller', 'Ready', 'True');
    await cluster.awaitAbsence(builtIn.cronJob, 'smaller-backup');
    await cluster.applyStack('smaller', { postgres: { backup: { volume: { size: '1Gi' } } } });
    const stack = await cluster.awaitCondition('smaller', 'Ready', 'False', 'PlanRefused');
    expect(conditionOf(stack, 'Ready')?.message).toContain('spec.postgres.backup.volume.size');
  });
});
