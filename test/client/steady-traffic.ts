import { setTimeout as sleep } from 'node:timers/promises';
import { type ChatClient, createChatClient } from '@chatstack/client/chat-client.ts';

/** Who sends and reads what, how often. */
export type TrafficOptions = {
  readonly baseUrl: string;
  /** Each has a conversation of its own; every second one may try again, the others may not. */
  readonly clients: number;
  /** Milliseconds between the beginnings of a client's requests. */
  readonly intervalMs: number;
};

/** What a client did. */
export type TrafficConversation = {
  readonly conversationId: string;
  readonly userId: string;
  /** Contents of the messages that were acknowledged, in order. */
  readonly acknowledged: string[];
};

/** Clients at work. */
export type SteadyTraffic = {
  readonly conversations: readonly TrafficConversation[];
  readonly failures: readonly string[];
  readonly answered: number;
  stop(): Promise<void>;
};

/** Starts clients that send and read in turn, each over connections that it keeps, at a steady rate. */
export async function startSteadyTraffic({ baseUrl, clients, intervalMs }: TrafficOptions): Promise<SteadyTraffic> {
  const failures: string[] = [];
  let answered = 0;
  let isOver = false;

  const work = async (client: ChatClient, { conversationId, userId, acknowledged }: TrafficConversation) => {
    for (let round = 1; !isOver; round += 1) {
      const next = sleep(intervalMs);
      try {
        if (round % 2 === 0) {
          const { messages } = await client.history({ conversationId, userId, limit: 1 });
          if (messages[0]?.content !== acknowledged.at(-1)) failures.push(`${userId}: a read does not have the newest`);
        } else {
          const { message } = await client.send({ conversationId, userId, content: `${userId} ${round}` });
          acknowledged.push(message.content);
        }
        answered += 1;
      } catch (error) {
        failures.push(`${userId}: ${String(error)}`);
      }
      await next;
    }
  };
  const conversations: TrafficConversation[] = [];
  const workers: Promise<void>[] = [];
  for (let index = 0; index < clients; index += 1) {
    const userId = `steady-${index}`;
    const retry = { attempts: index % 2 === 0 ? 1 : 3, longestWaitMs: 5_000 };
    const client = createChatClient({ baseUrl, retry });
    const made = await client.createConversation({ type: 'DIRECT_MESSAGE', participantIds: [userId, 'listener'] });
    const conversation = { conversationId: made.id, userId, acknowledged: [] };
    conversations.push(conversation);
    workers.push(work(client, conversation));
  }
  return {
    conversations,
    failures,
    get answered() {
      return answered;
    },
    stop: async () => {
      isOver = true;
      await Promise.all(workers);
    },
  };
}
