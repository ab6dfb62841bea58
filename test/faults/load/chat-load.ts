import { randomUUID } from 'node:crypto';
import { type ChatClient, createChatClient } from '@chatstack/client/chat-client.ts';
import { DEFAULT_RETRY } from '@chatstack/client/retry.ts';
import { checkOrder } from '../../consistency/check-order.ts';
import type { FinalState, ToldMessage, Violation } from '../../consistency/history.ts';
import { Recorder } from '../../consistency/recorder.ts';
import { startOpenModel } from './open-model.ts';
import { CLIENT_KINDS, type ClientKind, nameError, type SentRequest } from './sent-request.ts';

/** What a load is made of. */
export type LoadOptions = {
  readonly baseUrl: string;
  /** Requests per second. */
  readonly rate: number;
  readonly conversations: number;
};

/** One request in so many is a send, the others are reads. */
const SEND_EVERY = 10;

/**
 * Most requests under way: more than any fault keeps waiting at the usual rate, and fewer than this process can look after. Where there
 * are more, those that are due fail unsent; else a machine that stalls would be kept busy by what it cannot answer any more.
 */
const MOST_UNDER_WAY = 2_000;

/** Most messages of a page that is read. */
const PAGE = 20;

type Talk = { readonly conversationId: string; readonly userId: string; readonly client: ClientKind };

/**
 * Users who read and send through the typed client at a steady rate, whatever the service does. Each conversation is new and has
 * one writer; every second writer tries once, the others have the client's retry policy.
 */
export class ChatLoad {
  /** Every request, in the order in which they began. */
  readonly requests: SentRequest[] = [];
  readonly #recorder = new Recorder();
  readonly #underWay = new Set<Promise<void>>();
  readonly #clients: Readonly<Record<ClientKind, ChatClient>>;
  readonly #talks: readonly Talk[];
  readonly #arrivals: { stop: () => void };

  private constructor(clients: Record<ClientKind, ChatClient>, talks: readonly Talk[], rate: number) {
    this.#clients = clients;
    this.#talks = talks;
    this.#arrivals = startOpenModel(rate, (index) => this.#begin(index));
  }

  /** Makes the conversations and begins. */
  static async start({ baseUrl, rate, conversations }: LoadOptions): Promise<ChatLoad> {
    const clients = {
      plain: createChatClient({ baseUrl, retry: { ...DEFAULT_RETRY, attempts: 1 } }),
      retrying: createChatClient({ baseUrl }),
    };
    const run = randomUUID().slice(0, 8);
    const talks: Talk[] = [];
    for (let index = 0; index < conversations; index += 1) {
      const userId = `${run}-${index}`;
      const participantIds = [userId, `${run}-reader`];
      const { id } = await clients.retrying.createConversation({ type: 'DIRECT_MESSAGE', participantIds });
      const client = CLIENT_KINDS[index % CLIENT_KINDS.length] ?? 'plain';
      talks.push({ conversationId: id, userId, client });
    }
    return new ChatLoad(clients, talks, rate);
  }

  /** How many sends were acknowledged. */
  get acknowledged(): number {
    return this.#recorder.acknowledged;
  }

  /** Begins nothing more and waits for what is under way. */
  async stop(): Promise<void> {
    this.#arrivals.stop();
    await Promise.all(this.#underWay);
  }

  /** Reads every conversation to its end, past all caches, and holds it against what was acknowledged. */
  async findViolations(): Promise<Violation[]> {
    const found: Violation[] = [];
    for (const { conversationId, userId } of this.#talks) {
      const final = await readFinalState(this.#clients.retrying, conversationId, userId);
      const writes = this.#recorder.writes.filter((write) => write.conversationId === conversationId);
      found.push(...checkOrder(conversationId, writes, [], final));
    }
    return found;
  }

  #begin(index: number): void {
    const round = Math.floor(index / SEND_EVERY);
    const isSend = index % SEND_EVERY === 0;
    if (this.#underWay.size >= MOST_UNDER_WAY) {
      this.#giveUp(isSend ? 'send' : 'read', index);
      return;
    }
    const talk = this.#talks[(isSend ? round : index * 7 + round) % this.#talks.length] as Talk;
    const working = isSend ? this.#send(talk, index) : this.#read(talk);
    this.#underWay.add(working);
    void working.finally(() => this.#underWay.delete(working));
  }

  #giveUp(kind: SentRequest['kind'], index: number): void {
    const now = performance.now();
    const client = CLIENT_KINDS[index % CLIENT_KINDS.length] ?? 'plain';
    this.requests.push({ kind, client, start: now, end: now, error: 'not sent, too much under way' });
  }

  async #send({ conversationId, userId, client }: Talk, index: number): Promise<void> {
    const clientMessageId = randomUUID();
    const intent = { kind: 'send', content: `${userId} ${index};`, clientMessageId } as const;
    await this.#recorder.write({ conversationId, userId, intent }, () =>
      this.#track('send', client, () =>
        this.#clients[client].send({ conversationId, userId, content: intent.content, clientMessageId }),
      ),
    );
  }

  async #read({ conversationId, userId, client }: Talk): Promise<void> {
    await this.#track('read', client, () => this.#clients[client].history({ conversationId, userId, limit: PAGE }));
  }

  async #track<Told>(kind: SentRequest['kind'], client: ClientKind, call: () => Promise<Told>) {
    const request: SentRequest = { kind, client, start: performance.now() };
    this.requests.push(request);
    try {
      return await call();
    } catch (error) {
      request.error = nameError(error);
      return undefined;
    } finally {
      request.end = performance.now();
    }
  }
}

/** Keyset pages come straight from Postgres. */
async function readFinalState(client: ChatClient, conversationId: string, userId: string): Promise<FinalState> {
  const messages: ToldMessage[] = [];
  for (;;) {
    const after = messages.at(-1)?.seq ?? 0;
    const page = await client.historyAt({ conversationId, userId, after, limit: 100 });
    messages.push(...page.messages.toReversed());
    if (!page.hasNewer) return { version: page.version, messages };
  }
}
