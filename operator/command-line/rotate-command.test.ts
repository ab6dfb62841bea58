import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTestCluster, type TestCluster } from '../reconcile/testing/test-cluster.ts';
import type { ServerAnswer } from '../rotation/server-answer.ts';
import { runOnCluster } from './testing/run-on-cluster.ts';

describeWithApiServer('a rotation on the command line', (server) => {
  let cluster: TestCluster;
  let answer: ServerAnswer = { kind: 'done' };

  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'rotations', {
      changeLogins: async () => answer,
      setPasswords: async () => answer,
    });
    await cluster.makeReady('acme');
    for (const component of ['postgres', 'redis']) await cluster.addPod('acme', component, `acme-${component}-0`);
  }, 60_000);
  afterAll(() => cluster.close());

  const chatstack = (...args: string[]) => runOnCluster(server().kubeconfig, cluster.namespace, args);

  test('is asked for, and followed until the former passwords are refused', async () => {
    expect(await chatstack('rotate', 'acme', '--wait')).toEqual({
      code: 0,
      err: '',
      out: expect.stringMatching(/Asked for other passwords of acme.*\n[\s\S]*are refused since 20\d\d-/),
    });
    expect(await chatstack('rotate', 'acme')).toMatchObject({ code: 0, out: expect.stringContaining('Follow it') });
  }, 60_000);

  test('one that a server refuses is an error that says what to do', async () => {
    answer = { kind: 'refused', reason: 'password authentication failed' };
    const { code, err } = await chatstack('rotate', 'acme', '--wait');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('Write the password that is valid') });
  }, 60_000);

  test('a stack that is not there, or suspended, is not rotated', async () => {
    const absent = await chatstack('rotate', 'absent');
    expect(absent).toMatchObject({ code: 1, err: expect.stringContaining('expected a ChatStack absent') });
    await cluster.applyStack('acme', { suspend: true });
    const suspended = await chatstack('rotate', 'acme');
    expect(suspended).toMatchObject({ code: 1, err: expect.stringContaining('suspended') });
  }, 30_000);
});
