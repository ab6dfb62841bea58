import { unprivilegedAccount } from '@chatstack/test/engines/account.ts';
import { canBoundDisks, fillDisk, freeDisk } from '@chatstack/test/engines/bounded-disk.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

const describeOnBoundedDisk = canBoundDisks(unprivilegedAccount()) ? describe : describe.skip;

describeOnBoundedDisk('a Postgres whose disk is full', () => {
  let stack: StackUnderTest;
  let service: RunningService;
  let id: string;
  const acknowledged: string[] = [];

  beforeAll(async () => {
    stack = await startStackUnderTest({ disk: 128 });
    service = await stack.start();
    id = await stack.createConversation(['user-1', 'user-2']);
    await send();
  }, 60_000);
  afterAll(() => stack?.stop());

  async function send() {
    const sent = await service.send(id, 'user-1', `${acknowledged.length} ${'x'.repeat(4000)}`);
    if (sent.status === 201) acknowledged.unshift(sent.body.message.id);
    return sent;
  }

  test('takes what finds room in its files, then refuses: 503, reads go on, and what was acknowledged is there', async () => {
    await fillDisk(stack.postgres);
    const answers = [];
    while (answers.length < 100 && answers.at(-1)?.status !== 503) answers.push(await send());
    expect(answers.at(-1)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
      body: {
        type: 'tag:chatstack.dev,2026:problem:storage-unavailable',
        detail: expect.stringMatching(
          /^Expected room on the disk of Postgres, found it full\. Send it again later; .+/,
        ),
      },
    });
    const { status, body } = await service.read(id, 'user-1', 'limit=100');
    expect({ status, ids: body.messages.map((each: { id: string }) => each.id) }).toEqual({
      status: 200,
      ids: acknowledged,
    });
    expect((await service.get('/health/ready')).status).toBe(200);
    expect(await service.get('/api/v1/health')).toMatchObject({
      status: 200,
      body: {
        status: 'degraded',
        components: { postgres: { healthy: false, detail: expect.stringContaining('found it full') } },
      },
    });
  });

  test('takes messages again as soon as there is room', async () => {
    await freeDisk(stack.postgres);
    expect((await send()).status).toBe(201);
    expect((await service.get('/api/v1/health')).body.status).toBe('ok');
  });
});
