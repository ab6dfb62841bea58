import type { ChainableCommander } from 'ioredis';
import type { RedisConnection } from '../cache/redis-connection.ts';
import { typingKey } from './typing.ts';

/** How long a user is taken to be there after a process said so last, in milliseconds. */
const LASTS = 60_000;

/** How often a process says so, in milliseconds. */
const SAID_EVERY = 20_000;

/** Who comes back within this time was never gone, in milliseconds: a lost connection is no news. */
const GONE_AFTER = 5_000;

const SWEEP = 1_000;

/** Users for whom Redis is told something in one go. */
const AT_ONCE = 200;

const CLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)`;

/** The user is at this process. KEYS: presence. ARGV: process. Answers 1 when the user was nowhere before. */
const ARRIVE = `${CLOCK}
local before = redis.call('ZCARD', KEYS[1])
redis.call('ZADD', KEYS[1], now + ${LASTS}, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ${LASTS})
return before == 0 and 1 or 0`;

/** The user is not at this process any more. Answers 1 when the user is nowhere now. */
const LEAVE = `${CLOCK}
redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('ZCARD', KEYS[1]) == 0 and 1 or 0`;

/** Whether somebody is there; unknown while Redis cannot be asked about users of other processes. */
export type PresenceStatus = 'online' | 'offline' | 'unknown';

/** A user of a conversation, as others see it now. */
export type SeenUser = { readonly userId: string; readonly status: PresenceStatus; readonly isTyping: boolean };

/** What presence needs of the sockets of this process. */
export type PresenceParts = {
  readonly redis: RedisConnection | undefined;
  /** Names this process in Redis. */
  readonly origin: string;
  readonly hasUser: (userId: string) => boolean;
  readonly userIds: () => Iterable<string>;
  /** Tells whoever shares a conversation with the user, here and elsewhere. */
  readonly tell: (userId: string, status: 'online' | 'offline') => void;
};

/** The answers of a pipeline; throws the first error among them, which ioredis itself does not. */
async function finish(pipeline: ChainableCommander): Promise<unknown[]> {
  const answers = (await pipeline.exec()) ?? [];
  const failed = answers.find(([error]) => error);
  if (failed) throw failed[0];
  return answers.map(([, answer]) => answer);
}

function presenceKey(userId: string): string {
  return `presence:${userId}`;
}

/**
 * Who is there, for all processes: `presence:{user}` holds the processes that have a socket of the user, each until 60 s after
 * it said so last. A process that dies says nothing, so its users are taken to be there for up to a minute.
 *
 *   first socket ──▶ ARRIVE ──nowhere before──▶ "online"         every 20 s ──▶ ARRIVE again, for all users here
 *   last socket gone ──5 s without a new one──▶ LEAVE ──nowhere now──▶ "offline"
 */
export class Presence {
  readonly #parts: PresenceParts;
  readonly #departed = new Map<string, number>();
  readonly #sweeping: NodeJS.Timeout;
  readonly #saying: NodeJS.Timeout;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP).unref();
    this.#saying = setInterval(() => void this.#sayAll(), SAID_EVERY).unref();
  }

  /** The first socket of a user came. */
  arrive(userId: string): void {
    if (this.#departed.delete(userId)) return;
    void this.#run(ARRIVE, userId).then((isNews) => isNews && this.#parts.tell(userId, 'online'));
  }

  /** The last socket of a user is gone. */
  depart(userId: string): void {
    this.#departed.set(userId, performance.now());
  }

  /** How users are seen in a conversation. Never throws. */
  async observe(conversationId: string, userIds: readonly string[]): Promise<SeenUser[]> {
    const { redis, hasUser } = this.#parts;
    const found = await redis
      ?.run((client) => {
        const pipeline = client.pipeline();
        for (const userId of userIds) pipeline.exists(presenceKey(userId)).exists(typingKey(conversationId, userId));
        return finish(pipeline);
      })
      .catch(() => undefined);
    const read = (index: number) => found?.[index] === 1;
    return userIds.map((userId, index) => {
      const otherwise = found ? 'offline' : 'unknown';
      const status = hasUser(userId) || read(index * 2) ? 'online' : otherwise;
      return { userId, status, isTyping: read(index * 2 + 1) };
    });
  }

  /** Says nothing any more. What was said ends by itself: who was here is about to come back elsewhere. */
  close(): void {
    clearInterval(this.#sweeping);
    clearInterval(this.#saying);
  }

  #sweep(): void {
    const until = performance.now() - GONE_AFTER;
    for (const [userId, at] of this.#departed) {
      if (at > until) break;
      this.#departed.delete(userId);
      void this.#run(LEAVE, userId).then((isNews) => {
        if (isNews && !this.#parts.hasUser(userId)) this.#parts.tell(userId, 'offline');
      });
    }
  }

  /** Runs a script for a user; without Redis, what happens here is news. */
  async #run(script: string, userId: string): Promise<boolean> {
    const { redis, origin } = this.#parts;
    const answer = redis?.run((client) => client.eval(script, 1, presenceKey(userId), origin)).catch(() => 1);
    return (await (answer ?? 1)) === 1;
  }

  async #sayAll(): Promise<void> {
    const { redis, origin, userIds } = this.#parts;
    const waiting = [...userIds()];
    for (let start = 0; redis?.isAvailable && start < waiting.length; start += AT_ONCE) {
      const batch = waiting.slice(start, start + AT_ONCE);
      const say = redis.run((client) => {
        const pipeline = client.pipeline();
        for (const userId of batch) pipeline.eval(ARRIVE, 1, presenceKey(userId), origin);
        return finish(pipeline);
      });
      await say.catch(() => undefined); // said again in 20 s, before it ends
    }
  }
}
