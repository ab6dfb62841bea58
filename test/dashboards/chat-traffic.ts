import { type ChatClient, createChatClient } from '@chatstack/client/chat-client.ts';
import { startOpenModel } from '../faults/load/open-model.ts';

const CONVERSATIONS = 12;
const PEOPLE = 5;
/** A WebSocket is closed and opened again once in so many requests. */
const RECONNECT_EVERY = 40;

/** A conversation, with somebody who takes part in it and the newest message that they know of. */
type Talk = { readonly id: string; readonly userId: string; readonly followers: string[]; newest?: string };

/** Somebody who follows a conversation over a WebSocket. */
type Follower = { type(): void; close(): void };

type Deed = (client: ChatClient, talk: Talk, index: number) => Promise<unknown>;

const send: Deed = async (client, talk, index) => {
  const { message } = await client.send({
    conversationId: talk.id,
    userId: talk.userId,
    content: `message ${index} of lunch`,
  });
  talk.newest = message.id;
};

const react: Deed = async (client, talk) => {
  if (talk.newest === undefined) return;
  await client.react({ conversationId: talk.id, userId: talk.userId, messageId: talk.newest, emoji: '👍' });
};

/** Somebody comes back: what they missed of many conversations is read at once, past the cache. */
const comeBack: Deed = (client, { id, userId }) =>
  Promise.all(
    Array.from({ length: 10 }, (_, page) =>
      client.historyAt({ conversationId: id, userId, before: 80 - page, limit: 50 }),
    ),
  );

/** What users do, each as often as it stands here: mostly they read. */
const DEEDS: readonly (readonly [times: number, deed: Deed])[] = [
  [24, (client, { id, userId }) => client.history({ conversationId: id, userId, limit: 20 })],
  [
    4,
    (client, { id, userId }, index) =>
      client.history({ conversationId: id, userId, limit: 20, offset: 20 * (1 + (index % 3)) }),
  ],
  [2, (client, { id, userId }) => client.historyAt({ conversationId: id, userId, before: 50, limit: 20 })],
  [5, send],
  [1, comeBack],
  [1, react],
  [1, (client, { userId }) => client.conversations({ userId })],
  [1, (client, { userId }) => client.search({ userId, q: 'lunch' })],
  [1, (client, { id, userId }, index) => client.markRead({ conversationId: id, userId, seq: 1 + (index % 10) })],
  [1, (client, { id, userId }) => client.conversation({ conversationId: `${id.slice(0, -4)}0000`, userId })], // not there
];

const ROUND = DEEDS.flatMap(([times, deed]) => Array.from({ length: times }, () => deed));
/** Prime to the length of a round, so that deeds of a kind are spread over it. */
const STRIDE = 17;

/** Users who read, send, search and follow conversations, spread over the processes of the service. */
export type ChatTraffic = {
  /** Goes on with so many requests a second. */
  setRate(rate: number): void;
  stop(): Promise<void>;
};

/** Makes conversations with followers and begins with so many requests a second. Requests that fail are answers too. */
export async function startChatTraffic(urls: readonly string[], rate: number): Promise<ChatTraffic> {
  const clients = urls.map((baseUrl) => createChatClient({ baseUrl }));
  const clientAt = (index: number) => clients[index % clients.length] as ChatClient;
  const talks = await Promise.all(
    Array.from({ length: CONVERSATIONS }, (_, index) => makeTalk(clientAt(index), index)),
  );
  const follow = (index: number): Follower => {
    const talk = talks[index % talks.length] as Talk;
    // two people for a conversation, of whom each is told what the other types
    const userId = talk.followers[Math.floor(index / talks.length)] as string;
    const baseUrl = urls[index % urls.length] as string;
    const connection = createChatClient({ baseUrl, userId }).connect({ onEvent: () => undefined });
    connection.subscribe(talk.id);
    return { type: () => connection.typing(talk.id), close: () => connection.close() };
  };
  const followers = talks.flatMap((_, index) => [0, 1].map((more) => follow(index + more * CONVERSATIONS)));
  const underWay = new Set<Promise<unknown>>();
  let count = 0;

  const begin = () => {
    count += 1;
    const talk = talks[(count * 7) % talks.length] as Talk;
    const deed = ROUND[(count * STRIDE) % ROUND.length] as Deed;
    // not always the same process for a conversation
    const working = deed(clientAt(count + Math.floor(count / talks.length)), talk, count).catch(() => undefined);
    underWay.add(working);
    void working.finally(() => underWay.delete(working));
    followers[count % followers.length]?.type();
    if (count % RECONNECT_EVERY === 0) {
      const place = (count / RECONNECT_EVERY) % followers.length;
      followers[place]?.close();
      followers[place] = follow(place);
    }
  };
  let arrivals = startOpenModel(rate, begin);
  return {
    setRate: (next) => {
      arrivals.stop();
      arrivals = startOpenModel(next, begin);
    },
    stop: async () => {
      arrivals.stop();
      for (const follower of followers) follower.close();
      await Promise.all(underWay);
    },
  };
}

async function makeTalk(client: ChatClient, index: number): Promise<Talk> {
  const people = Array.from({ length: PEOPLE }, (_, person) => `person-${index}-${person}`);
  const [userId = ''] = people;
  const { id } = await client.createConversation({ type: 'GROUP', userId, participantIds: people });
  for (let message = 0; message < 80; message += 1) {
    await client.send({ conversationId: id, userId, content: `message ${message} about lunch` });
  }
  return { id, userId, followers: people.slice(1) };
}
