import { describe, expect, test } from '@jest/globals';
import type { Message } from '../messages.ts';
import { createFakeService, type FakeService } from '../testing/fake-service.ts';
import { createManualClock, type ManualClock, settled } from '../testing/manual-clock.ts';
import type { TokenSource } from '../token.ts';
import { RealtimeConnection } from './connection.ts';
import type { ChatEvent, ConnectionState } from './events.ts';
import type { ServerFrame } from './frames.ts';
import type { ReadAfter } from './subscriptions.ts';

type Played = {
  service: FakeService;
  clock: ManualClock;
  connection: RealtimeConnection;
  events: ChatEvent[];
  states: ConnectionState[];
};

async function play(more: { token?: TokenSource; readAfter?: ReadAfter } = {}): Promise<Played> {
  const service = createFakeService();
  const clock = createManualClock();
  const events: ChatEvent[] = [];
  const states: ConnectionState[] = [];
  const connection = new RealtimeConnection({
    url: 'ws://service/ws',
    token: more.token,
    openSocket: service.openSocket,
    clock,
    readAfter: more.readAfter ?? (() => Promise.reject(new Error('no history is expected to be read'))),
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
  });
  await settled();
  return { service, clock, connection, events, states };
}

const message = (seq: number): Message => ({
  id: `id-${seq}`,
  conversationId: 'c',
  seq,
  userId: 'ben',
  content: `m${seq}`,
  messageType: 'TEXT',
  createdAt: '2026-01-01T00:00:00.000Z',
});
const sent = (seq: number): ServerFrame => ({
  type: 'message',
  conversationId: 'c',
  version: seq,
  message: message(seq),
});
const answer = (seq: number, messages: Message[] = [], conversationId = 'c'): ServerFrame => ({
  type: 'subscribed',
  conversationId,
  recovered: true,
  seq,
  version: seq,
  firstSeq: 1,
  messages,
  changed: [],
});
const seqs = (events: ChatEvent[]) => events.flatMap((event) => (event.type === 'message' ? [event.message.seq] : []));
const kinds = (states: ConnectionState[]) => states.map(({ kind }) => kind);

describe('a connection', () => {
  test('opens, asks for its conversations from where they are known, and tells what comes', async () => {
    const { service, connection, events, states } = await play();
    connection.subscribe('c', { seq: 5, version: 5 });
    expect(service.socket.heard()).toEqual([]);
    service.socket.welcome();
    expect(service.socket.heard()).toEqual([{ type: 'subscribe', conversationId: 'c', seq: 5, version: 5 }]);
    service.socket.tell(answer(6, [message(6)]), sent(7), { type: 'presence', userId: 'ben', status: 'online' });
    expect(events.map(({ type }) => type)).toEqual(['message', 'live', 'message', 'presence']);
    expect(kinds(states)).toEqual(['connecting', 'open']);
  });

  test('that is lost comes back and tells everything once, in order', async () => {
    const { service, clock, connection, events, states } = await play();
    connection.subscribe('c', { seq: 0, version: 0 });
    service.socket.welcome();
    service.socket.tell(answer(0), sent(1), sent(2));
    service.socket.drop(1006);
    expect(states.at(-1)).toEqual({ kind: 'waiting', inMs: 250, code: 1006, attempt: 1 });
    await clock.advance(250);
    service.socket.welcome();
    expect(service.socket.heard()).toEqual([{ type: 'subscribe', conversationId: 'c', seq: 2, version: 2 }]);
    service.socket.tell(sent(4), answer(4, [message(3), message(4)]), sent(4), sent(5));
    expect(seqs(events)).toEqual([1, 2, 3, 4, 5]);
  });

  test('waits longer with each attempt that fails, and begins anew after a good one', async () => {
    const { service, clock, states } = await play();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      service.socket.drop(1006);
      waits.push(clock.waits()[0] ?? -1);
      await clock.advance(waits.at(-1) ?? 0);
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000]);
    service.socket.welcome();
    service.socket.drop(1006); // at once: no good connection
    expect(clock.waits()).toEqual([4_000]);
    await clock.advance(4_000);
    service.socket.welcome();
    await clock.advance(5_000);
    service.socket.drop(1006);
    expect([clock.waits(), states.at(-1)]).toMatchObject([[250], { kind: 'waiting', attempt: 0 }]);
  });

  test.each([3500, 3501, 3503, 1009])('that is closed with %d stays closed', async (code) => {
    const { service, clock, states } = await play();
    service.socket.welcome();
    service.socket.drop(code, 'told why');
    await clock.advance(60_000);
    expect([service.sockets.length, states.at(-1)]).toEqual([1, { kind: 'closed', code, reason: 'told why' }]);
  });

  test('comes back when the service, which drains, advised', async () => {
    const { service, clock } = await play();
    service.socket.welcome();
    service.socket.tell({ type: 'reconnect', inMs: 3_000 });
    await clock.advance(1_000);
    service.socket.drop(3000);
    expect(clock.waits()).toEqual([2_000]);
    await clock.advance(2_000);
    expect(service.sockets).toHaveLength(2);
  });

  test('that is never welcomed is given up after 10 s, whatever its socket does', async () => {
    const { service, clock, states } = await play();
    service.socket.open();
    await clock.advance(10_000);
    expect([service.socket.isClosed, states.at(-1)?.kind]).toEqual([true, 'waiting']);
    service.socket.drop(1000);
    await clock.advance(250);
    expect(service.sockets).toHaveLength(2);
  });

  test('that is told that the network is back does not wait on', async () => {
    const { service, connection, clock } = await play();
    service.socket.drop(1006);
    connection.reconnectNow();
    await settled();
    expect([service.sockets.length, clock.waits()]).toEqual([2, [10_000]]);
  });

  test('shows by a question whether anybody is there', async () => {
    const { service, clock, connection, states, events } = await play();
    connection.subscribe('c', { seq: 1, version: 1 });
    service.socket.welcome();
    service.socket.tell(answer(1));
    connection.check();
    service.socket.tell(answer(1));
    await clock.advance(8_000);
    expect(states.at(-1)?.kind).toBe('open');
    connection.check();
    await clock.advance(8_000);
    expect([service.sockets[0]?.isClosed, states.at(-1)?.kind]).toEqual([true, 'waiting']);
    await clock.advance(250);
    service.socket.welcome();
    service.socket.tell(answer(2, [message(2)]));
    expect(seqs(events)).toEqual([2]);
  });

  test('closed by its application opens no more', async () => {
    const { service, connection, clock, states } = await play();
    service.socket.welcome();
    connection.close();
    service.socket.drop(1000);
    await clock.advance(60_000);
    expect([service.socket.isClosed, service.sockets.length, kinds(states)]).toEqual([
      true,
      1,
      ['connecting', 'open', 'closed'],
    ]);
  });

  test('passes over what is no frame', async () => {
    const { service, events } = await play();
    service.socket.welcome();
    for (const text of ['', '{', 'null', '[]', '{"type":5}', 5, undefined]) service.socket.tellText(text);
    expect(events).toEqual([]);
  });
});

describe('subscriptions', () => {
  test('are asked for eight at a time: each answer lets the next one go', async () => {
    const { service, connection } = await play();
    for (let index = 0; index < 20; index += 1) connection.subscribe(`c-${index}`);
    service.socket.welcome();
    expect(service.socket.heard()).toHaveLength(8);
    service.socket.tell(answer(1, [], 'c-0'), answer(1, [], 'c-1'));
    expect(service.socket.heard()).toMatchObject([{ conversationId: 'c-8' }, { conversationId: 'c-9' }]);
  });

  test('that storage kept from being answered are asked for again later', async () => {
    const { service, clock, connection, events } = await play();
    connection.subscribe('c');
    service.socket.welcome();
    service.socket.heard();
    service.socket.tell({
      type: 'error',
      code: 'storage-unavailable',
      detail: 'away',
      conversationId: 'c',
      refused: 'subscribe',
    });
    expect([service.socket.heard(), clock.waits()]).toEqual([[], [1_250]]);
    await clock.advance(1_250);
    expect(service.socket.heard()).toEqual([{ type: 'subscribe', conversationId: 'c' }]);
    expect(events).toMatchObject([{ type: 'error', code: 'storage-unavailable' }]);
  });

  test('that are refused are not asked for again', async () => {
    const { service, clock, connection } = await play();
    connection.subscribe('c');
    service.socket.welcome();
    service.socket.tell({
      type: 'error',
      code: 'not-a-participant',
      detail: 'no',
      conversationId: 'c',
      refused: 'subscribe',
    });
    service.socket.drop(1006);
    await clock.advance(500);
    service.socket.welcome();
    expect(service.socket.heard()).toEqual([]);
  });

  test('end with the participation, and are told to have ended', async () => {
    const { service, connection, events } = await play();
    connection.subscribe('c', { seq: 1, version: 1 });
    service.socket.welcome();
    service.socket.tell(answer(1), { type: 'unsubscribed', conversationId: 'c', reason: 'not-a-participant' }, sent(2));
    expect(events.map(({ type }) => type)).toEqual(['live', 'unsubscribed']);
  });

  test('begun anew outlive the answer to their end', async () => {
    const { service, connection, events } = await play();
    connection.subscribe('c', { seq: 1, version: 1 });
    service.socket.welcome();
    connection.unsubscribe('c');
    connection.subscribe('c', { seq: 1, version: 1 });
    service.socket.tell({ type: 'unsubscribed', conversationId: 'c', reason: 'asked' }, answer(1), sent(2));
    expect(events.map(({ type }) => type)).toEqual(['live', 'message']);
  });

  test('read a gap that the service does not fill from history, and then ask again', async () => {
    const pages = [
      { messages: [message(3), message(2)], version: 4, hasNewer: true },
      { messages: [message(4)], version: 4, hasNewer: false },
    ];
    const asked: number[] = [];
    const readAfter: ReadAfter = async (_conversationId, seq) => {
      asked.push(seq);
      return pages[asked.length - 1] ?? { messages: [], version: 0, hasNewer: false };
    };
    const { service, connection, events } = await play({ readAfter });
    connection.subscribe('c', { seq: 1, version: 1 });
    service.socket.welcome();
    service.socket.heard();
    service.socket.tell({ ...answer(4), recovered: false } as ServerFrame);
    await settled();
    expect([asked, service.socket.heard()]).toEqual([
      [1, 3],
      [{ type: 'subscribe', conversationId: 'c', seq: 4, version: 4 }],
    ]);
    service.socket.tell(answer(4), sent(5));
    expect(seqs(events)).toEqual([2, 3, 4, 5]);
  });

  test('ask again later where history cannot be read', async () => {
    const { service, clock, connection } = await play();
    connection.subscribe('c', { seq: 1, version: 1 });
    service.socket.welcome();
    service.socket.heard();
    service.socket.tell({ ...answer(4), recovered: false } as ServerFrame);
    await clock.advance(1_250);
    expect(service.socket.heard()).toEqual([{ type: 'subscribe', conversationId: 'c', seq: 1, version: 1 }]);
  });
});

describe('typing and reading', () => {
  test('typing is told every 3 s at most, for each conversation', async () => {
    const { service, clock, connection } = await play();
    for (const id of ['c', 'd']) connection.subscribe(id, { seq: 1, version: 1 });
    service.socket.welcome();
    service.socket.tell(answer(1), answer(1, [], 'd'));
    service.socket.heard();
    for (let key = 0; key < 10; key += 1) {
      connection.typing('c');
      await clock.advance(500);
    }
    connection.typing('d');
    const told = service.socket.heard().map((frame) => 'conversationId' in frame && frame.conversationId);
    expect(told).toEqual(['c', 'c', 'd']);
  });

  test('a read marker waits until its conversation is followed, on this connection or the next one, the newest alone', async () => {
    const { service, clock, connection } = await play();
    connection.subscribe('c', { seq: 1, version: 1 });
    service.socket.welcome();
    service.socket.heard();
    connection.typing('c');
    for (const seq of [3, 7, 5]) connection.read('c', seq);
    expect(service.socket.heard()).toEqual([]);
    service.socket.tell(answer(1));
    connection.read('c', 8);
    expect(service.socket.heard()).toEqual([7, 8].map((seq) => ({ type: 'read', conversationId: 'c', seq })));
    service.socket.drop(1006);
    connection.read('c', 9);
    await clock.advance(500);
    service.socket.welcome();
    expect(service.socket.heard()).toEqual([{ type: 'subscribe', conversationId: 'c', seq: 1, version: 1 }]);
    service.socket.tell(answer(1));
    expect(service.socket.heard()).toEqual([{ type: 'read', conversationId: 'c', seq: 9 }]);
  });

  test.each(['typing', 'read'])('a refused %s ends no subscription that is under way', async (refused) => {
    const { service, connection, events } = await play();
    connection.subscribe('c', { seq: 1, version: 1 });
    service.socket.welcome();
    service.socket.tell({ type: 'error', code: 'not-a-participant', detail: 'no', conversationId: 'c', refused });
    service.socket.tell(answer(1), sent(2));
    expect(events.map(({ type }) => type)).toEqual(['error', 'live', 'message']);
  });
});

describe('a token', () => {
  const jwtUntil = (clock: ManualClock, seconds: number) =>
    `e30.${btoa(JSON.stringify({ exp: clock.now() / 1_000 + seconds }))}.c2ln`;

  test('goes out in the first frame, never in the address', async () => {
    const { service } = await play({ token: 'mine' });
    service.socket.open();
    expect([service.socket.url, service.socket.heard()]).toEqual([
      'ws://service/ws',
      [{ type: 'authenticate', token: 'mine' }],
    ]);
  });

  test('is renewed before it expires, on the same connection', async () => {
    const issued: string[] = [];
    const clock = createManualClock(); // stands where that of the connection stands
    const token = async () => {
      issued.push(jwtUntil(clock, 300 * (issued.length + 1)));
      return issued.at(-1) ?? '';
    };
    const { service, clock: own } = await play({ token });
    service.socket.welcome();
    await own.advance(269_000);
    expect(service.socket.heard()).toHaveLength(1);
    await own.advance(1_000);
    expect(service.socket.heard()).toEqual([{ type: 'authenticate', token: issued[1] }]);
    expect([service.sockets.length, own.waits()]).toEqual([1, [300_000]]);
  });

  test('that expired is replaced at once by a new connection', async () => {
    let count = 0;
    const { service, clock } = await play({ token: async () => `token-${++count}` });
    service.socket.welcome();
    await clock.advance(5_000);
    service.socket.drop(3502);
    await settled();
    service.socket.open();
    expect(service.socket.heard()).toEqual([{ type: 'authenticate', token: 'token-2' }]);
    service.socket.drop(3502); // and not over and over at once
    expect(clock.waits()).toEqual([250]);
  });

  test('that cannot be had now is asked for again', async () => {
    let count = 0;
    const token = async () => {
      count += 1;
      if (count === 1) throw new Error('the issuer is away');
      return 'mine';
    };
    const { service, clock } = await play({ token });
    expect(service.sockets).toHaveLength(0);
    await clock.advance(250);
    expect(service.sockets).toHaveLength(1);
  });
});
