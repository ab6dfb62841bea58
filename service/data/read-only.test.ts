import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

describe('a primary that became read-only', () => {
  let stack: StackUnderTest;
  let service: RunningService;
  let other: RunningService;
  let id: string;
  let messageId: string;

  beforeAll(async () => {
    stack = await startStackUnderTest();
    [service, other] = await Promise.all([stack.start(), stack.start()]);
    id = await stack.createConversation(['user-1', 'user-2']);
    messageId = (await service.send(id, 'user-1', 'one')).body.message.id;
  }, 60_000);
  afterAll(() => stack?.stop());

  /** Sessions stay and what they write is refused. A new one that has heard of it says that the others were told. */
  async function setReadOnly(value: 'on' | 'off'): Promise<void> {
    await stack.query(`alter system set default_transaction_read_only = ${value}`);
    await stack.query('select pg_reload_conf()');
    await eventually('Postgres has read its settings', async () => {
      const [row] = await stack.query('show default_transaction_read_only');
      return row?.default_transaction_read_only === value;
    });
  }

  test('is told to whoever writes: 503 with Retry-After, what was expected, found and is to be done; reads go on', async () => {
    await setReadOnly('on');
    const page = `/api/v1/chat/conversations/${id}/messages`;
    const answers = await Promise.all([
      service.send(id, 'user-1', 'refused'),
      service.patch(`${page}/${messageId}`, { userId: 'user-1', content: 'refused' }),
      service.post('/api/v1/chat/conversations', { type: 'GROUP', participantIds: ['user-1', 'user-2'] }),
    ]);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 503,
        headers: { 'retry-after': '2', 'content-type': 'application/problem+json; charset=utf-8' },
        body: {
          type: 'tag:chatstack.dev,2026:problem:storage-unavailable',
          detail: expect.stringMatching(/^Expected a writable primary, found .* read-only\. Send it again later; .+/),
        },
      });
    }
    expect(service.log.filter((line) => line.includes('"level":50'))).toEqual([]);
    const { status, body } = await service.read(id, 'user-1', 'limit=3');
    expect({ status, ids: body.messages.map((each: { id: string }) => each.id) }).toEqual({
      status: 200,
      ids: [messageId],
    });
  });

  test('is told by the health of a process that was refused: degraded, with the reason; it stays ready', async () => {
    expect(await service.get('/api/v1/health')).toMatchObject({
      status: 200,
      body: {
        status: 'degraded',
        ready: true,
        components: {
          postgres: { healthy: false, detail: expect.stringContaining('Expected a writable primary') },
          redis: { healthy: true },
        },
      },
    });
    expect((await service.get('/health')).body.status).toBe('degraded');
    expect((await service.get('/health/ready')).status).toBe(200);
    expect((await other.get('/health')).body.status).toBe('ok'); // it has written nothing
  });

  test('takes messages again as soon as it is writable, and only then is all well: a read does not say so', async () => {
    await setReadOnly('off');
    await service.read(id, 'user-1', 'limit=3');
    expect((await service.get('/health')).body.status).toBe('degraded');
    expect((await service.send(id, 'user-1', 'two')).status).toBe(201);
    expect((await service.get('/health')).body).toMatchObject({
      status: 'ok',
      components: { postgres: { healthy: true } },
    });
  });
});
