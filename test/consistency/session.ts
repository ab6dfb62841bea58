import { type ChatClient, createChatClient } from '@chatstack/client/chat-client.ts';
import { ProblemError, UnreachableError } from '@chatstack/client/errors.ts';
import { type Caller, createCaller } from '@chatstack/service/testing/caller.ts';
import { type CuttingProxy, startCuttingProxy } from '../client/cutting-proxy.ts';
import type { Intent, PagePlace, ToldMessage } from './history.ts';
import { KnownMessages } from './known-messages.ts';
import type { Recorder } from './recorder.ts';

/**
 * How a message is sent: by the client, whose answer arrives, or is lost once it was given; again under its clientMessageId
 * after it was acknowledged; or without one, and then only once.
 */
export const WAYS_TO_SEND = ['usual', 'answer lost', 'repeated', 'anonymous'] as const;

/** How a message is sent. */
export type WayToSend = (typeof WAYS_TO_SEND)[number];

/** What can be done to a message that is there; the first two to one's own alone. */
export const WAYS_TO_CHANGE = ['edit', 'delete', 'react', 'unreact'] as const;

/** What is done to a message. */
export type WayToChange = (typeof WAYS_TO_CHANGE)[number];

const EMOJIS = ['👍', '🎉'] as const;

/** What a session is made of. */
export type SessionOptions = {
  readonly name: string;
  readonly userId: string;
  /** The port of the replica that the next connection leads to. */
  readonly choosePort: () => number;
  readonly recorder: Recorder;
};

/** Longest wait for one answer, in milliseconds: longer than a statement may take. */
const TIMEOUT = 4_000;

/**
 * A user with a client of the service, which passes the version it has seen and tries again where it may. Connections lead
 * to any replica, as through a balancer. All that it does and is told is recorded.
 */
export class Session {
  readonly name: string;
  readonly userId: string;
  readonly #client: ChatClient;
  readonly #caller: Caller;
  readonly #proxy: CuttingProxy;
  readonly #recorder: Recorder;
  readonly #seen = new Map<string, number>();
  readonly #known: KnownMessages;
  #writes = 0;

  private constructor({ name, userId, recorder }: SessionOptions, proxy: CuttingProxy) {
    const baseUrl = `http://127.0.0.1:${proxy.port}`;
    this.name = name;
    this.userId = userId;
    this.#recorder = recorder;
    this.#known = new KnownMessages(userId);
    this.#proxy = proxy;
    this.#caller = createCaller(baseUrl);
    const retry = { attempts: 6, longestWaitMs: 2_000 };
    this.#client = createChatClient({ baseUrl, userId, timeoutMs: TIMEOUT, retry });
  }

  /** Begins a session. */
  static async start(options: SessionOptions): Promise<Session> {
    return new Session(options, await startCuttingProxy(options.choosePort));
  }

  /** Breaks its connections: the next call leads to any replica. */
  moveOn(): void {
    this.#proxy.cut();
  }

  /** Sends a message that is unlike any other. */
  async send(conversationId: string, way: WayToSend): Promise<void> {
    const content = this.#writeContent();
    if (way === 'anonymous') return this.#sendAnonymously(conversationId, content);
    const clientMessageId = `${conversationId} ${content}`;
    const intent = { kind: 'send', content, clientMessageId } as const;
    if (way === 'answer lost') void this.#proxy.lose(content, 'cut');
    for (let times = way === 'repeated' ? 2 : 1; times > 0; times -= 1) {
      await this.#recorder.write({ conversationId, userId: this.userId, intent }, async () => {
        const sent = await this.#client.send({ conversationId, content, clientMessageId }).catch(unlessRefused);
        return this.#notice(conversationId, sent, (told) => [told.message]);
      });
    }
  }

  /** Changes one of the messages it knows, if there is one; `which` chooses. */
  async change(conversationId: string, way: WayToChange, which: number): Promise<void> {
    const isOwn = way === 'edit' || way === 'delete';
    const message = this.#known.choose(conversationId, isOwn, which);
    if (!message) return;
    const about = { conversationId, messageId: message.id };
    const emoji = EMOJIS[which % EMOJIS.length] ?? '👍';
    const content = this.#writeContent();
    const requests = {
      edit: () => this.#client.edit({ ...about, content }),
      delete: () => this.#client.remove(about),
      react: () => this.#client.react({ ...about, emoji }),
      unreact: () => this.#client.unreact({ ...about, emoji }),
    };
    const intent = { kind: way, messageId: message.id, content, emoji } as Intent;
    await this.#recorder.write({ conversationId, userId: this.userId, intent }, async () => {
      const stored = await requests[way]().catch(unlessRefused);
      return this.#notice(conversationId, stored, (told) => [told.message]);
    });
  }

  /** Reads a page through the client, which passes the version it has seen. */
  async read(conversationId: string, place: PagePlace): Promise<void> {
    const minVersion = this.#seen.get(conversationId) ?? 0;
    const about = { conversationId, session: this.name, place, minVersion };
    await this.#recorder.read(about, async () => {
      const request = { conversationId, ...place };
      const reading = 'offset' in request ? this.#client.history(request) : this.#client.historyAt(request);
      const page = await reading.catch(unlessRefused);
      return this.#notice(conversationId, page, (told) => told.messages);
    });
  }

  /** Reads a page by itself, saying nothing of what was seen. */
  async readPlainly(conversationId: string, limit: number, offset: number): Promise<void> {
    const about = { conversationId, session: `${this.name} plainly`, place: { limit, offset } };
    await this.#recorder.read(about, async () => {
      const query = `limit=${limit}&offset=${offset}`;
      const answer = await this.#caller.read(conversationId, this.userId, query).catch(() => undefined);
      return answerOf<{ messages: ToldMessage[]; version: number; fromCache: boolean }>(answer, 200);
    });
  }

  /** Ends its connections. */
  stop(): Promise<void> {
    return this.#proxy.stop();
  }

  async #sendAnonymously(conversationId: string, content: string): Promise<void> {
    const { userId } = this;
    await this.#recorder.write({ conversationId, userId, intent: { kind: 'send', content } }, async () => {
      const answer = await this.#caller.send(conversationId, userId, content).catch(() => undefined);
      return answerOf<{ message: ToldMessage; version: number }>(answer, 201); // nothing that its client has seen
    });
  }

  #writeContent(): string {
    this.#writes += 1;
    return `${this.name} ${this.#writes};`;
  }

  #notice<Told extends { readonly version: number }>(
    conversationId: string,
    told: Told | undefined,
    messagesOf: (told: Told) => readonly ToldMessage[],
  ): Told | undefined {
    if (!told) return undefined;
    this.#seen.set(conversationId, Math.max(told.version, this.#seen.get(conversationId) ?? 0));
    this.#known.remember(conversationId, messagesOf(told));
    return told;
  }
}

/**
 * Nothing where no answer came, or one that says that storage is away, or that the message was deleted: by somebody else, or
 * after an earlier try had its way. Any other refusal is a defect.
 */
function unlessRefused(error: unknown): undefined {
  if (error instanceof UnreachableError) return undefined;
  if (error instanceof ProblemError && (error.status === 503 || error.type.endsWith(':message-is-deleted'))) {
    return undefined;
  }
  throw error;
}

function answerOf<Body>(answer: { status: number; body: Body } | undefined, expected: number): Body | undefined {
  if (!answer || answer.status === 503) return undefined;
  if (answer.status === expected) return answer.body;
  throw new Error(`Expected ${expected} or 503, found ${answer.status}: ${JSON.stringify(answer.body)}`);
}
