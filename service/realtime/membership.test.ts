import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { follow } from '../testing/follower.ts';
import { openSocket, type SocketClient } from '../testing/socket-client.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let services: readonly [RunningService, RunningService];
beforeAll(async () => {
  stack = await startStackUnderTest();
  services = await Promise.all([stack.start(), stack.start()]);
});
afterAll(() => stack?.stop());

/** Owned by user-1. */
const makeConversation = () => stack.createConversation(['user-1', 'user-2', 'user-3']);
const participants = (id: string) => `/api/v1/chat/conversations/${id}/participants`;
const remove = (service: RunningService, id: string, userId: string) =>
  service.delete(`${participants(id)}/${userId}?userId=user-1`);
const add = (service: RunningService, id: string, userId: string) =>
  service.post(participants(id), { userId: 'user-1', participantIds: [userId] });

/** The newest version that a socket was told, before and at the end of its following. */
const newestVersion = (client: SocketClient, id: string) => follow(client.frames, id).version;

describe('somebody who is removed', () => {
  test('gets not one event more, on either replica, while others write', async () => {
    const id = await makeConversation();
    const clients = await Promise.all(services.map((service) => openSocket(service.url, 'user-3')));
    for (const client of clients) await client.subscribe(id);
    let isOver = false;
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      while (!isOver) await (services[writer % 2] as RunningService).send(id, 'user-2', 'x');
    });
    await Promise.all(clients.map((client) => client.next('message', ({ version }) => version > 20)));
    const removed = await remove(services[0], id, 'user-3');
    expect(removed.status).toBe(200);
    for (const client of clients) {
      expect(await client.next('unsubscribed')).toMatchObject({ conversationId: id, reason: 'not-a-participant' });
    }
    // The others go on for a while; whatever they say comes after the removal.
    const witness = await openSocket(services[1].url, 'user-1');
    const { version } = await witness.subscribe(id);
    await witness.next('message', (frame) => frame.version > version + 20);
    isOver = true;
    await Promise.all(writers);
    // The version of the removal is that of the SYSTEM message that tells it.
    const [{ seq }] = (await stack.query(
      `select seq from message where conversation_id = $1 and message_type = 'SYSTEM'`,
      [id],
    )) as [{ seq: string }];
    for (const client of clients) {
      expect(client.frames.at(-1)?.type).toBe('unsubscribed');
      expect(newestVersion(client, id)).toBeLessThan(Number(seq));
      await client.close();
    }
    await witness.close();
  });

  test('is refused when subscribing again, and let in when added again', async () => {
    const id = await makeConversation();
    const client = await openSocket(services[0].url, 'user-3');
    await client.subscribe(id);
    await remove(services[1], id, 'user-3');
    await client.next('unsubscribed');
    client.send({ type: 'subscribe', conversationId: id });
    expect(await client.next('error')).toMatchObject({
      code: 'not-a-participant',
      conversationId: id,
      refused: 'subscribe',
    });
    await add(services[1], id, 'user-3');
    expect(await client.next('conversation.added')).toEqual({ type: 'conversation.added', conversationId: id });
    await client.subscribe(id);
    await services[1].send(id, 'user-1', 'welcome back');
    expect((await client.next('message')).message.content).toBe('welcome back');
    await client.close();
  });

  test('hears no news of it either', async () => {
    const id = await makeConversation();
    const [client, witness] = await Promise.all([
      openSocket(services[1].url, 'user-3'),
      openSocket(services[1].url, 'user-1'),
    ]);
    await client.subscribe(id);
    await witness.subscribe(id);
    await remove(services[0], id, 'user-3');
    await client.next('unsubscribed');
    await services[0].put(`/api/v1/chat/conversations/${id}/typing`, { userId: 'user-2' });
    expect(await witness.next('typing')).toMatchObject({ conversationId: id, userId: 'user-2' });
    client.send({ type: 'unsubscribe', conversationId: id }); // its answer comes behind everything before it
    await client.next('unsubscribed', ({ reason }) => reason === 'asked');
    expect(client.frames.filter(({ type }) => type === 'typing')).toEqual([]);
    await Promise.all([client.close(), witness.close()]);
  });
});

describe('whoever stays', () => {
  test('is told of the change by the SYSTEM message itself, in its place', async () => {
    const id = await makeConversation();
    const client = await openSocket(services[1].url, 'user-2');
    await client.subscribe(id);
    await services[0].send(id, 'user-1', 'before');
    await remove(services[0], id, 'user-3');
    await services[0].send(id, 'user-1', 'after');
    await client.next('message', ({ message }) => message.content === 'after');
    const told = client.frames.flatMap((frame) => (frame.type === 'message' ? [frame.message.messageType] : []));
    expect(told).toEqual(['TEXT', 'SYSTEM', 'TEXT']);
    await client.close();
  });

  test('is told of a new conversation on every device, and strangers are not', async () => {
    const [device, other, stranger] = await Promise.all([
      openSocket(services[0].url, 'user-2'),
      openSocket(services[1].url, 'user-2'),
      openSocket(services[1].url, 'user-9'),
    ]);
    const made = await services[0].post('/api/v1/chat/conversations', {
      userId: 'user-1',
      type: 'GROUP',
      participantIds: ['user-1', 'user-2'],
    });
    for (const client of [device, other]) {
      expect((await client.next('conversation.added')).conversationId).toBe(made.body.id);
      await client.close();
    }
    await stranger.close();
    expect(stranger.frames.map(({ type }) => type)).toEqual(['welcome']);
  });
});
