import type { Message } from '@chatstack/client/messages.ts';
import { checkCache } from '@chatstack/load/check-cache/check-cache.ts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readContext, serviceUrl, stackNamespace } from './context.ts';
import {
  COMPONENTS,
  clientOf,
  ensureStack,
  installFixtures,
  podsOf,
  readAll,
  waitForPods,
  waitForReady,
} from './stack.ts';
import { tell } from './tell.ts';

const context = readContext();
const namespace = stackNamespace(context);
const MESSAGES = 100;

beforeAll(async () => {
  await ensureStack(context);
});

/** The messages of this file among others, in the order of their seq. */
const own = (messages: Message[], mark: string) =>
  messages.filter(({ content }) => content.startsWith(mark)).map(({ content }) => content);

describe('two users', () => {
  test('are there with their conversation once the fixtures are installed, however often', async () => {
    await installFixtures(context);
    await installFixtures(context);
    const messages = await readAll(clientOf(context), 'conv-1');
    expect(messages.length).toBeGreaterThanOrEqual(10);
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1));
  });

  test('talk: each reads what the other has written', async () => {
    const [first, second] = [clientOf(context, 'user-1'), clientOf(context, 'user-2')];
    const { message: question } = await first.send({ conversationId: 'conv-1', content: 'Is anybody there?' });
    const { message: answer } = await second.send({ conversationId: 'conv-1', content: 'Always.' });
    const { messages } = await first.history({ conversationId: 'conv-1', limit: 2 });
    expect(messages.map(({ id }) => id)).toEqual([answer.id, question.id]);
  });

  test('and a stranger does not read along', async () => {
    const call = clientOf(context, 'user-3').history({ conversationId: 'conv-1' });
    await expect(call).rejects.toMatchObject({ status: 403 });
  });
});

test('check:cache passes through the Service', async () => {
  const lines: string[] = [];
  const write = (text: string) => void lines.push(text);
  const surroundings = { environment: {}, colours: false, out: write, error: write };
  const code = await checkCache(['--url', serviceUrl(context)], surroundings);
  tell(lines.join('\n').replaceAll(serviceUrl(context), 'the Service'));
  expect([code, lines.join('\n')]).toEqual([0, expect.stringContaining('every step is so')]);
});

test('100 messages survive the death of every pod, in order', async () => {
  const client = clientOf(context);
  const mark = `e2e ${Date.now()}:`;
  const sent = Array.from({ length: MESSAGES }, (_, index) => `${mark} ${index}`);
  for (const content of sent) await client.send({ conversationId: 'conv-1', content });
  expect(own(await readAll(clientOf(context), 'conv-1'), mark)).toEqual(sent);

  for (const component of COMPONENTS) {
    const pods = await podsOf(context, component);
    expect(pods.length).toBeGreaterThan(0);
    for (const [index, { metadata }] of pods.entries()) {
      const gone = pods.slice(0, index + 1).map((pod) => pod.metadata.uid);
      await namespace.kubectl(['delete', 'pod', metadata.name, '--timeout=180s']);
      await waitForPods(context, component, pods.length, gone);
      await waitForReady(context);
    }
  }
  expect(own(await readAll(clientOf(context), 'conv-1'), mark)).toEqual(sent);
});
