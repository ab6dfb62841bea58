import { restoreAnnotation } from '@chatstack/stack/render/kubernetes/restore.ts';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { chatStackResource } from '../reconcile/child-kinds.ts';
import { openTestCluster, type TestCluster } from '../reconcile/testing/test-cluster.ts';
import { builtIn } from '../runtime/resource.ts';
import { runOnCluster } from './testing/run-on-cluster.ts';

const spec = { postgres: { backup: { volume: {} } } };

describeWithApiServer('backups on the command line', (server) => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'commands');
    await cluster.makeReady('acme', spec);
    await cluster.makeReady('without');
  });
  afterAll(() => cluster.close());
  beforeEach(() => {
    cluster.play.jobs = 'complete';
  });

  const chatstack = (...args: string[]) => runOnCluster(server().kubeconfig, cluster.namespace, args);
  const annotationOf = async (name: string) =>
    (await cluster.get(chatStackResource, name)).metadata.annotations?.[restoreAnnotation];

  test('a backup is a Job of the CronJob, labelled as its own', async () => {
    const { code, out } = await chatstack('backup', 'acme', '-o', 'json');
    expect(code).toBe(0);
    const job = await cluster.get(builtIn.job, (JSON.parse(out) as { job: string }).job);
    expect(job.metadata.ownerReferences).toMatchObject([{ kind: 'CronJob', name: 'acme-backup', controller: true }]);
    expect(job.metadata.labels).toMatchObject({ 'app.kubernetes.io/component': 'backup' });
  });

  test('one that failed is an error with the reason', async () => {
    cluster.play.jobs = 'fail';
    const { code, err } = await chatstack('backup', 'acme', '--wait');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/Job acme-backup-\w+ failed: /) });
  });

  test('a stack without backups has neither backups nor a list of them', async () => {
    for (const args of [
      ['backup', 'without'],
      ['backup', 'without', '--list'],
      ['backup', 'absent'],
    ]) {
      const { code, err } = await chatstack(...args);
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('set spec.postgres.backup') });
    }
  });

  test('a restore is done only with --yes', async () => {
    const { code, err } = await chatstack('restore', 'acme', '--backup', 'latest');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('--yes') });
    expect(await annotationOf('acme')).toBeUndefined();
  });

  test('and is followed until the stack is Ready again, the same backup as often as wanted', async () => {
    const first = await chatstack('restore', 'acme', '--backup', 'latest', '--yes');
    expect(first).toEqual({ code: 0, err: '', out: expect.stringMatching(/Complete: .*\n.*acme is Ready\n$/) });
    const asked = await annotationOf('acme');
    const second = await chatstack('restore', 'acme', '--backup', 'latest', '--from-stack', 'old', '--yes');
    expect(second.code).toBe(0);
    expect(await annotationOf('acme')).toMatch(/^old\/latest@/);
    expect(asked).toMatch(/^latest@/);
    expect((await chatstack('restore', 'acme', '--finish')).out).toContain('is deleted');
  });

  test('one that fails is an error that says why', async () => {
    cluster.play.jobs = 'fail';
    const { code, err } = await chatstack('restore', 'acme', '--backup', '20260102T030405Z', '--yes');
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/Failed: .*kubectl delete job acme-restore-/),
    });
  });

  test.each([
    [['restore', 'acme'], /either --backup ID or --finish, found neither/],
    [['restore', 'acme', '--backup', 'latest', '--finish'], /found both/],
    [['restore', 'acme', '--backup', 'yesterday'], /an id such as/],
  ])('%j is misunderstood', async (args, message) => {
    const { code, err } = await chatstack(...args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(message) });
  });

  test('a stack that is not there, or suspended, is not restored', async () => {
    const absent = await chatstack('restore', 'absent', '--backup', 'latest', '--yes');
    expect(absent).toMatchObject({ code: 1, err: expect.stringContaining('expected a ChatStack absent') });
    await cluster.applyStack('without', { suspend: true });
    const suspended = await chatstack('restore', 'without', '--backup', 'latest', '--yes');
    expect(suspended).toMatchObject({ code: 1, err: expect.stringContaining('suspended') });
  });
});
