import { type ChatClient, type ChatClientSettings, createChatClient } from '@chatstack/client/chat-client.ts';
import type { Position } from '@chatstack/client/realtime/conversation-stream.ts';
import type { ChatEvent, ConnectionState } from '@chatstack/client/realtime/events.ts';
import type { ClientFrame, ServerFrame } from '@chatstack/client/realtime/frames.ts';
import type * as service from '@chatstack/service/realtime/frames.ts';
import { eventually } from '@chatstack/service/testing/eventually.ts';
import { signWithSecret } from '@chatstack/service/testing/issuer.ts';
import {
  type RunningService,
  type StackUnderTest,
  startStackUnderTest,
} from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type SeverableLink, startSeverableLink } from '../engines/severable-link.ts';

/** A type as JSON tells it: what is undefined is absent. */
type Told<Type> = Type extends object ? { [Key in keyof Type]: Told<Exclude<Type[Key], undefined>> } : Type;

// What the client thinks the frames are is what the service says they are, or these lines have a fault of types.
void (undefined as unknown as Told<service.ServerFrame> satisfies ServerFrame);
void (undefined as unknown as ClientFrame satisfies service.ClientFrame);

let stack: StackUnderTest;
let one: RunningService;
let other: RunningService;
/** The way of ann, who listens; ben goes to the other process. */
let link: SeverableLink;
let ann: Listener;
let ben: ChatClient;
let conversationId: string;
let stop: AbortController;

type Listener = {
  client: ChatClient;
  connection: ReturnType<ChatClient['connect']>;
  events: ChatEvent[];
  states: ConnectionState[];
};

beforeAll(async () => {
  stack = await startStackUnderTest();
  [one, other] = await Promise.all([stack.start(), stack.start()]);
});
afterAll(() => stack?.stop());
beforeEach(async () => {
  stop = new AbortController();
  link = await startSeverableLink(() => one.port);
  conversationId = await stack.createConversation(['ann', 'ben', 'cem']);
  ben = createChatClient({ baseUrl: other.url, userId: 'ben', signal: stop.signal });
  ann = listen({ userId: 'ann' });
});
afterEach(async () => {
  stop.abort();
  await link.stop();
});

function listen(settings: Partial<ChatClientSettings>, baseUrl = `http://127.0.0.1:${link.port}`): Listener {
  const events: ChatEvent[] = [];
  const states: ConnectionState[] = [];
  const client = createChatClient({ baseUrl, signal: stop.signal, ...settings });
  const connection = client.connect({
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
  });
  return { client, connection, events, states };
}

const seqs = ({ events }: Listener) => events.flatMap((event) => (event.type === 'message' ? [event.message.seq] : []));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const heard = (listener: Listener, type: ChatEvent['type']) =>
  eventually(`${type} is heard`, async () => listener.events.some((event) => event.type === type));

async function follow(listener = ann, position?: Position): Promise<void> {
  listener.connection.subscribe(conversationId, position);
  await heard(listener, 'live');
}

async function sendMany(count: number, prefix = 'm'): Promise<void> {
  for (let index = 1; index <= count; index += 1) await ben.send({ conversationId, content: `${prefix}${index}` });
}

describe('a connection of the client', () => {
  test('tells what others do in another process: messages, changes, typing, reading', async () => {
    const listening = listen({ userId: 'ben' }, other.url);
    await Promise.all([follow(), follow(listening)]);
    const { message } = await ben.send({ conversationId, content: 'hello' });
    await ben.edit({ conversationId, messageId: message.id, content: 'hello!' });
    await ben.react({ conversationId, messageId: message.id, emoji: '👍' });
    listening.connection.typing(conversationId);
    await heard(ann, 'typing');
    await eventually(
      'the changes are heard',
      async () => ann.events.filter(({ type }) => type === 'message.changed').length === 2,
    );
    const changes = ann.events.flatMap((event) => ('message' in event ? [event] : []));
    expect(changes).toMatchObject([
      { type: 'message', version: 1, message: { content: 'hello' } },
      { type: 'message.changed', version: 2, message: { content: 'hello!' } },
      { type: 'message.changed', version: 3, message: { reactions: { '👍': ['ben'] } } },
    ]);
    ann.connection.read(conversationId, 1);
    await heard(listening, 'read');
    expect(listening.events.find(({ type }) => type === 'read')).toMatchObject({ userId: 'ann', seq: 1 });
  });

  test('brings versions that later reads ask for: none is older than what was told', async () => {
    await follow();
    await sendMany(1);
    await heard(ann, 'message');
    expect((await ann.client.history({ conversationId })).version).toBe(1);
  });

  test('that is cut again and again while others write tells everything once and in order', async () => {
    await follow(ann, { seq: 0, version: 0 });
    for (let round = 1; round <= 4; round += 1) {
      const before = seqs(ann).length;
      const writing = sendMany(15);
      await eventually('something of this round is heard', async () => seqs(ann).length > before);
      link.sever();
      link.mend();
      await writing;
      await eventually('everything is heard', async () => seqs(ann).length >= 15 * round);
    }
    expect(seqs(ann)).toEqual(upTo(60));
    expect(ann.states.filter(({ kind }) => kind === 'waiting').length).toBeGreaterThanOrEqual(4);
  });

  test('that missed more than the service tells reads the rest from history, once and in order', async () => {
    await sendMany(1);
    await follow(ann, { seq: 1, version: 1 });
    link.sever();
    await sendMany(320, 'missed ');
    link.mend();
    ann.connection.reconnectNow();
    await eventually('everything is heard', async () => seqs(ann).length >= 320);
    await sendMany(1, 'later ');
    await eventually('what came later is heard', async () => seqs(ann).length >= 321);
    expect(seqs(ann)).toEqual(upTo(322).slice(1));
    expect(ann.events.find(({ type }) => type === 'history.stale')).toMatchObject({ seq: 1 });
  });

  test('goes elsewhere when its service drains, and misses nothing', async () => {
    const draining = await stack.start({ SHUTDOWN_GRACE_SECONDS: '5' });
    let port = draining.port;
    const front = await startSeverableLink(() => port);
    const listener = listen({ userId: 'ann' }, `http://127.0.0.1:${front.port}`);
    await follow(listener, { seq: 0, version: 0 });
    await sendMany(2);
    port = one.port;
    await Promise.all([draining.stop(), sendMany(20)]);
    await eventually('everything is heard', async () => seqs(listener).length >= 22);
    expect(seqs(listener)).toEqual(upTo(22));
    expect(listener.states.find(({ kind }) => kind === 'waiting')).toMatchObject({ code: 3000 });
    await front.stop();
  });

  test('hears of conversations that its user was added to, and of the end of those that it left', async () => {
    await follow();
    await ben.createConversation({ type: 'GROUP', participantIds: ['ben', 'ann'] });
    await heard(ann, 'conversation.added');
    await ann.client.removeParticipant({ conversationId, participantId: 'ann' });
    await heard(ann, 'unsubscribed');
    await sendMany(1);
    const strange = listen({ userId: 'stranger' });
    strange.connection.subscribe(conversationId);
    await heard(strange, 'error');
    expect(strange.events.at(-1)).toMatchObject({ code: 'not-a-participant', conversationId });
    expect(seqs(ann).filter((seq) => seq > 1)).toEqual([]);
  });
});

describe('a connection of the client with tokens', () => {
  const secret = 'a secret of at least 32 bytes for these tests';
  const settings = { AUTH_MODE: 'jwt', JWT_SECRET: secret, JWT_ISSUER: 'https://issuer.test', JWT_AUDIENCE: 'chat' };
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

  test('outlives its token: the next one is told in time', async () => {
    const guarded = await stack.start({ ...settings, RATE_LIMITS: 'off', WS_TOKEN_GRACE_SECONDS: '0' });
    let issued = 0;
    const token = () => {
      issued += 1;
      return signWithSecret(secret, { sub: 'ann', exp: inSeconds(issued === 1 ? 6 : 300) });
    };
    const listener = listen({ token }, guarded.url);
    await follow(listener);
    await eventually('the token is renewed', async () => issued >= 2);
    await new Promise((resolve) => setTimeout(resolve, 6_500)); // beyond the end of the first one
    await sendMany(1);
    await heard(listener, 'message');
    expect(listener.states.map(({ kind }) => kind)).toEqual(['connecting', 'open']);
  });

  test('ends for good where the token is refused', async () => {
    const guarded = await stack.start({ ...settings, RATE_LIMITS: 'off' });
    const listener = listen({ token: 'nonsense' }, guarded.url);
    await eventually('it is closed', async () => listener.states.at(-1)?.kind === 'closed');
    expect(listener.states.at(-1)).toMatchObject({ code: 3501 });
  });
});
