import { createChatClient } from '@chatstack/client/chat-client.ts';
import { checkCache } from '@chatstack/load/check-cache/check-cache.ts';
import {
  type RunningService,
  type StackUnderTest,
  startStackUnderTest,
} from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

let stack: StackUnderTest;
let services: RunningService[];
beforeAll(async () => {
  stack = await startStackUnderTest();
  services = [await stack.start(), await stack.start()];
});
afterAll(() => stack?.stop());

const clientOf = (index: number, userId: string) => createChatClient({ baseUrl: services[index]?.url ?? '', userId });

async function runCheck(url: string, ...more: string[]) {
  const lines: string[] = [];
  const write = (text: string) => void lines.push(text);
  const surroundings = { environment: {}, colours: false, out: write, error: write };
  const code = await checkCache(['--url', url, ...more], surroundings);
  return { code, text: lines.join('\n') };
}

describe('the client and the service', () => {
  test('two users talk in a conversation of their own, over two processes', async () => {
    const [ann, ben] = [clientOf(0, 'ann'), clientOf(1, 'ben')];
    const conversation = await ann.createConversation({ type: 'DIRECT_MESSAGE', participantIds: ['ann', 'ben'] });
    expect(conversation).toMatchObject({ type: 'DIRECT_MESSAGE', participantIds: ['ann', 'ben'], title: null });
    const conversationId = conversation.id;
    for (let round = 1; round <= 5; round += 1) {
      const { message } = await ann.send({ conversationId, content: `question ${round}` });
      expect(message).toMatchObject({ conversationId, userId: 'ann', seq: 2 * round - 1, messageType: 'TEXT' });
      await ben.send({ conversationId, content: `answer ${round}` });
      const [seenByAnn, seenByBen] = await Promise.all([
        ann.history({ conversationId }),
        ben.history({ conversationId }),
      ]);
      expect(seenByAnn.messages.map(({ content }) => content).slice(0, 2)).toEqual([
        `answer ${round}`,
        `question ${round}`,
      ]);
      expect(seenByAnn.messages).toEqual(seenByBen.messages);
    }
    expect((await ann.history({ conversationId, limit: 3 })).hasMore).toBe(true);
  });

  test('agree on refusals: the problem names the field', async () => {
    const call = clientOf(0, 'user-1').send({ conversationId: 'conv-1', content: '' });
    await expect(call).rejects.toMatchObject({
      name: 'ProblemError',
      status: 400,
      errors: [{ field: 'content', detail: expect.stringMatching(/expected .* found/) }],
    });
    await expect(clientOf(0, 'stranger').history({ conversationId: 'conv-1' })).rejects.toMatchObject({ status: 403 });
    await expect(clientOf(0, 'user-1').history({ conversationId: 'nowhere' })).rejects.toMatchObject({ status: 404 });
  });

  test('agree on health', async () => {
    expect(await clientOf(0, 'user-1').health()).toMatchObject({ status: 'ok' });
    expect(await clientOf(0, 'user-1').cacheHealth()).toMatchObject({
      healthy: true,
      metrics: { hits: expect.any(Number) },
    });
  });
});

describe('check:cache', () => {
  test('passes against the service, one time after the other', async () => {
    const url = services[0]?.url ?? '';
    for (let time = 1; time <= 3; time += 1) expect(await runCheck(url)).toMatchObject({ code: 0 });
  });

  test('passes while others read and write the same conversation', async () => {
    const other = clientOf(1, 'user-2');
    let over = false;
    const traffic = (async () => {
      while (!over) {
        await other.history({ conversationId: 'conv-1', limit: 50 });
        await other.history({ conversationId: 'conv-1', limit: 99 });
      }
    })();
    try {
      expect(await runCheck(services[0]?.url ?? '')).toMatchObject({ code: 0 });
      await other.send({ conversationId: 'conv-1', content: 'In between.' });
      expect(await runCheck(services[0]?.url ?? '')).toMatchObject({ code: 0 });
    } finally {
      over = true;
      await traffic;
    }
  });

  test('finds a service whose cache is switched off', async () => {
    const service = await stack.start({ ENABLE_REDIS_CACHE: 'false' });
    const { code, text } = await runCheck(service.url);
    expect(code).toBe(1);
    expect(text).toMatch(/step "initial" is not so.*ENABLE_REDIS_CACHE is false/);
  });

  test('says that a conversation does not exist, or that the user takes no part', async () => {
    const url = services[0]?.url ?? '';
    expect(await runCheck(url, '--conversation', 'nowhere')).toMatchObject({ code: 2 });
    const { code, text } = await runCheck(url, '--user', 'stranger');
    expect([code, text]).toEqual([2, expect.stringContaining('--user must name a participant')]);
  });

  // The last one: Redis does not come back.
  test('finds a Redis that is away', async () => {
    await stack.redis.stop();
    const { code, text } = await runCheck(services[0]?.url ?? '');
    expect(code).toBe(1);
    expect(text).toMatch(/step "initial" is not so.*unhealthy/);
  });
});
