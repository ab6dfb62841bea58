import { Redis } from 'ioredis';
import type { RedisConfig } from '../config/config.ts';
import { buildLogin } from './redis-login.ts';
import { EVENTS_CHANNEL } from './scripts.ts';
import { decodeEvent, type StreamEvent } from './stream-event.ts';
import { StreamHealth } from './stream-health.ts';

const PING_INTERVAL = 500;

/** Who wants to know. What throws here is a mistake of the program. */
export type EventListener = {
  /** An event, in the order in which Redis took them; those of this process too. */
  onEvent(event: StreamEvent): void;
  /** Events may be lost from now on, or may have been already. */
  onLapse(): void;
  /** From now on none is lost; what happened meanwhile must be looked up. */
  onRecovered(): void;
};

/**
 * The events of all processes, by a connection to Redis of its own, because subscribing changes what a connection is.
 *
 *   connecting ──ready──▶ SUBSCRIBE ──answered──▶ healthy ──no PONG within 1.5 s──▶ lapsed ──PONG──▶ healthy
 *       ▲                                                                              │
 *       └───────────── the connection ends (also when nothing came for 5 s) ───────────┘
 *
 * A PING every 500 ms proves that nothing is missing (stream-health.ts). A Redis that drops this process because it reads too
 * slowly (client-output-buffer-limit) ends the connection, so a gap is always a lapse. It connects again by itself, for ever.
 */
export class EventStream {
  readonly #client: Redis;
  readonly #health: StreamHealth;
  readonly #now: () => number;
  readonly #listeners: EventListener[] = [];
  readonly #timer: NodeJS.Timeout;
  /** Grows when a connection ends, so that what belongs to an older one proves nothing. */
  #connection = 0;
  #isSubscribed = false;

  constructor(config: RedisConfig, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#health = new StreamHealth(now);
    this.#client = new Redis(config.url, {
      ...buildLogin(config),
      connectionName: 'chat-service-events',
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false, // subscribed anew here, to know when that is done
      maxRetriesPerRequest: 0,
      connectTimeout: 1_000,
      socketTimeout: 5_000,
      retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
    });
    this.#client.on('message', (_channel, message) => this.#tell(decodeEvent(message)));
    this.#client.on('ready', () => this.#ask());
    this.#client.on('close', () => this.#break());
    this.#client.on('error', () => undefined); // told by the connection for commands, which has the same Redis
    this.#timer = setInterval(() => this.#beat(), PING_INTERVAL);
    this.#timer.unref();
  }

  /** Whether everything that was published until 1.5 s ago, or later, has arrived. */
  get isHealthy(): boolean {
    return this.#health.isHealthy;
  }

  /** Adds a listener; those that were added first are told first. */
  listen(listener: EventListener): void {
    this.#listeners.push(listener);
  }

  /** Ends the connection without waiting for anything, and tells of nothing any more. */
  close(): void {
    clearInterval(this.#timer);
    this.#listeners.length = 0;
    this.#health.break();
    this.#client.disconnect();
  }

  #tell(event: StreamEvent | undefined): void {
    if (!event) return;
    for (const listener of this.#listeners) listener.onEvent(event);
  }

  #beat(): void {
    if (this.#client.status === 'ready') this.#ask();
    this.#notice();
  }

  /** Asks for the subscription until it is there, then for a PONG. The answer proves something, a failure nothing. */
  #ask(): void {
    const connection = this.#connection;
    const sentAt = this.#now();
    const answer = this.#isSubscribed ? this.#client.ping() : this.#client.subscribe(EVENTS_CHANNEL);
    const prove = () => {
      if (connection !== this.#connection) return;
      this.#isSubscribed = true;
      this.#health.prove(sentAt);
      this.#notice();
    };
    answer.then(prove, () => undefined);
  }

  #break(): void {
    this.#connection += 1;
    this.#isSubscribed = false;
    this.#health.break();
    this.#notice();
  }

  #notice(): void {
    const change = this.#health.notice();
    if (!change) return;
    for (const listener of this.#listeners) {
      if (change === 'lapsed') listener.onLapse();
      else listener.onRecovered();
    }
  }
}
