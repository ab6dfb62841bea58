import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chatstack, makeBackup, readEverything, runSql } from './backups.ts';
import { readContext, stackNamespace } from './context.ts';
import { recordFigure } from './figures.ts';
import { conditionOf } from './kubectl.ts';
import { clientOf, ensureStack, installFixtures, readAll, replaceSpec, waitForReady, waitForStack } from './stack.ts';
import { waitUntil } from './watch.ts';

const context = readContext();
const namespace = stackNamespace(context);
const volume = `${context.stackName}-backups`;
const conversationId = 'conv-1';

beforeAll(async () => {
  await ensureStack(context);
  await installFixtures(context);
  await replaceSpec(context, { postgres: { backup: { keep: 2, volume: { size: '1Gi' } } } });
  await waitForReady(context);
});
afterAll(async () => {
  await namespace.kubectl(['annotate', 'chatstack', context.stackName, 'chatstack.dev/restore-']);
  await ensureStack(context);
  // Pods that have ended hold the volume too.
  await namespace.kubectl(['delete', 'jobs', '-l', 'app.kubernetes.io/component in (backup, restore)']);
  await namespace.kubectl(['delete', 'pvc', volume, '--ignore-not-found']);
});

const restore = (backup: string) => chatstack(context, ['restore', context.stackName, '--backup', backup, '--yes']);

describe('a backup on a volume', () => {
  test('brings back every message that was acknowledged before it, once, in order, and no cached page of after it', async () => {
    const client = clientOf(context);
    for (let number = 0; number < 20; number += 1) await client.send({ conversationId, content: `before ${number}` });
    const [first, second, third] = (await readAll(client, conversationId)).slice(-3);
    if (!first || !second || !third) throw new Error('expected three messages');
    await client.edit({ conversationId, messageId: first.id, content: 'edited before' });
    await client.react({ conversationId, messageId: second.id, emoji: '👍' });
    const before = await readEverything(client, conversationId);
    const id = await makeBackup(context);
    expect(await chatstack(context, ['backup', context.stackName, '--list'])).toContain(id);

    for (let number = 0; number < 5; number += 1) await client.send({ conversationId, content: `after ${number}` });
    await client.edit({ conversationId, messageId: third.id, content: 'edited after' });
    const { version } = await client.history({ conversationId, limit: 50 });
    await client.history({ conversationId, limit: 50 }); // a page of after the backup is in every cache
    await runSql(context, 'drop table mention; delete from participant');

    const startedAt = Date.now();
    await restore(id);
    const seconds = (Date.now() - startedAt) / 1000;
    recordFigure(context.figuresFile, {
      what: 'restore of a small backup, from the command to Ready again',
      target: '≤ 60 s',
      measured: `${seconds.toFixed(1)} s`,
      met: seconds <= 60,
    });
    const anybody = clientOf(context); // has seen no version: any page will do, so a cached one would be served
    const page = await anybody.history({ conversationId, limit: 50 });
    expect(page.messages.filter(({ content }) => /^(edited )?after/.test(content))).toEqual([]);
    expect(await readEverything(anybody, conversationId)).toEqual(before);
    expect(page.version).toBeGreaterThan(version);
    // Who has seen versions of after the backup reads all the same, and may send.
    expect(await readEverything(client, conversationId)).toEqual(before);
    const { message } = await client.send({ conversationId, content: 'after the restore' });
    expect(message.seq).toBe((before.at(-1)?.seq ?? 0) + 1);
  });

  test('that is damaged is refused, and the database stays as it was, served', async () => {
    const client = clientOf(context);
    const id = await makeBackup(context);
    await client.send({ conversationId, content: 'stays' });
    const before = await readEverything(client, conversationId);
    await damage(id);
    await expect(restore(id)).rejects.toThrow(/it is damaged/);
    await waitForReady(context);
    expect(await readEverything(clientOf(context), conversationId)).toEqual(before);
    const stack = await waitForStack(
      context,
      'a condition that tells it',
      (each) => conditionOf(each, 'Degraded')?.reason === 'RestoreFailed',
    );
    expect(conditionOf(stack, 'Ready')?.status).toBe('True');
  });

  /** Adds a byte to a dump, from a pod of the backups' own kind. */
  async function damage(id: string): Promise<void> {
    const cronJob = await namespace.get('cronjob', `${context.stackName}-backup`);
    const { template } = cronJob.spec.jobTemplate.spec;
    const [container] = template.spec.containers;
    const command = ['sh', '-c', `printf x >>/backups/${id}/dump`];
    const pod = { ...template, spec: { ...template.spec, containers: [{ ...container, command }] } };
    await namespace.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'damage' },
      spec: { backoffLimit: 0, template: pod },
    });
    const target = { namespace, resource: 'jobs', name: 'damage' };
    await waitUntil('the dump to be damaged', target, ([job]) => conditionOf(job, 'Complete')?.status === 'True');
    await namespace.kubectl(['delete', 'job', 'damage']);
  }
});
