import { setTimeout as sleep } from 'node:timers/promises';
import { type CuttingProxy, startCuttingProxy } from '../client/cutting-proxy.ts';
import type { FinalState, Position, Stream, StreamEvent, ToldMessage } from './history.ts';

/** The frames that matter here (service/realtime/frames.ts). */
type Frame = {
  readonly type: string;
  readonly conversationId: string;
  readonly version: number;
  readonly message: ToldMessage;
  readonly recovered: boolean;
  readonly seq: number;
  readonly messages: readonly ToldMessage[];
  readonly changed: readonly ToldMessage[];
};

type Following = { readonly events: StreamEvent[]; position?: Position; asked?: Position | 'now' };

/** Waits before it connects again, and before it asks again where storage was away, in milliseconds. */
const CONNECT_AGAIN = 100;
const ASK_AGAIN = 200;

/**
 * Follows conversations over WebSockets: after each end of a connection it asks another replica for what came after the last
 * that it was told. Deliberately simpler than our client, and as strict as the protocol lets it be: it mends nothing.
 */
export class Subscriber {
  readonly name: string;
  readonly #userId: string;
  readonly #proxy: CuttingProxy;
  readonly #following: Map<string, Following>;
  #socket: WebSocket | undefined;
  #isOver = false;
  #isPaused = false;
  /** Connections that were made. */
  connections = 0;

  private constructor(name: string, userId: string, proxy: CuttingProxy, ids: readonly string[]) {
    this.name = name;
    this.#userId = userId;
    this.#proxy = proxy;
    this.#following = new Map(ids.map((id) => [id, { events: [] }]));
    this.#connect();
  }

  /** Begins to follow conversations; connections lead to the port that is chosen for each. */
  static async start(name: string, userId: string, choosePort: () => number, ids: readonly string[]) {
    return new Subscriber(name, userId, await startCuttingProxy(choosePort), ids);
  }

  /** Breaks its connection. */
  moveOn(): void {
    this.#proxy.cut();
  }

  /** Ends its connection and makes no other until `resume`. */
  pause(): void {
    this.#isPaused = true;
    this.#socket?.close();
  }

  /** Connects again. */
  resume(): void {
    this.#isPaused = false;
    this.#connect();
  }

  /** How far it is in a conversation. */
  positionIn(conversationId: string): Position | undefined {
    return this.#following.get(conversationId)?.position;
  }

  /** Waits until it knows states; throws when it does not within so many milliseconds. */
  async reach(states: ReadonlyMap<string, FinalState>, patience: number): Promise<void> {
    const missing = () =>
      [...states].filter(([id, { version }]) => (this.#following.get(id)?.position?.version ?? 0) < version);
    const deadline = performance.now() + patience;
    while (missing().length > 0 && performance.now() < deadline) await sleep(20);
    for (const [id, { version }] of missing()) {
      const known = this.#following.get(id)?.position?.version ?? 'nothing';
      throw new Error(
        `Expected ${this.name} to be told version ${version} of ${id} within ${patience} ms, found ${known}`,
      );
    }
  }

  /** Waits until it knows the final states, ends its connection, and answers what it was told. */
  async finish(final: ReadonlyMap<string, FinalState>, patience: number): Promise<Stream[]> {
    await this.reach(final, patience);
    await this.stop();
    return Array.from(this.#following, ([conversationId, { events }]) => ({
      conversationId,
      subscriber: this.name,
      events,
    }));
  }

  /** Ends its connection. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket?.close();
    await this.#proxy.stop();
  }

  #connect(): void {
    if (this.#isOver || this.#isPaused) return;
    const socket = new WebSocket(`ws://127.0.0.1:${this.#proxy.port}/api/v1/chat/ws?userId=${this.#userId}`);
    this.#socket = socket;
    this.connections += 1;
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#hear(JSON.parse(String(data)) as Frame);
    };
    socket.onclose = () => void setTimeout(() => this.#connect(), CONNECT_AGAIN).unref();
  }

  #hear(frame: Frame): void {
    if (frame.type === 'welcome') for (const id of this.#following.keys()) this.#ask(id);
    const following = this.#following.get(frame.conversationId);
    if (!following) return;
    if (frame.type === 'error') this.#askAgain(frame.conversationId);
    if (frame.type === 'subscribed') this.#takeSubscribed(following, frame);
    if (frame.type === 'message' || frame.type === 'message.changed') {
      const { version, message } = frame;
      following.events.push({ kind: frame.type === 'message' ? 'message' : 'changed', version, message });
      following.position = { seq: Math.max(message.seq, following.position?.seq ?? 0), version };
    }
  }

  #ask(conversationId: string): void {
    const following = this.#following.get(conversationId);
    if (!following || this.#socket?.readyState !== WebSocket.OPEN) return;
    following.asked = following.position ?? 'now';
    this.#socket.send(JSON.stringify({ type: 'subscribe', conversationId, ...following.position }));
  }

  /** On this connection: another one asks by itself, and two questions would have two answers. */
  #askAgain(conversationId: string): void {
    const socket = this.#socket;
    const ask = () => {
      if (socket === this.#socket) this.#ask(conversationId);
    };
    setTimeout(ask, ASK_AGAIN).unref();
  }

  #takeSubscribed(following: Following, { recovered, seq, version, messages, changed }: Frame): void {
    const { asked } = following;
    delete following.asked;
    const from = asked === undefined || asked === 'now' ? {} : { from: asked };
    following.events.push({ kind: 'subscribed', ...from, recovered, seq, version, messages, changed });
    following.position = { seq, version };
  }
}
