import type { RedisConnection } from '../cache/redis-connection.ts';
import type { Announcer } from './announcer.ts';

/** How long typing is shown after it was told last, in milliseconds. */
const TYPING_LASTS = 6_000;

/** Typing of one user in one conversation is told at most this often, in milliseconds, whatever clients send. */
const TOLD_EVERY = 3_000;

/** Most of them that this process remembers. */
const MOST_REMEMBERED = 10_000;

/** Notes that somebody types; answers 0 when that was noted less than TOLD_EVERY ago. KEYS: typing. */
const NOTE = `
if redis.call('PTTL', KEYS[1]) > ${TYPING_LASTS - TOLD_EVERY} then return 0 end
redis.call('SET', KEYS[1], '1', 'PX', ${TYPING_LASTS})
return 1`;

/** The key of Redis that is there while somebody types. */
export function typingKey(conversationId: string, userId: string): string {
  return `typing:${conversationId}\n${userId}`;
}

/** Tells that somebody types, not too often. Without Redis each process looks to that by itself. */
export class Typing {
  readonly #redis: RedisConnection | undefined;
  readonly #announcer: Announcer;
  readonly #now: () => number;
  /** When it was told from here, in that order. */
  readonly #toldAt = new Map<string, number>();

  constructor(redis: RedisConnection | undefined, announcer: Announcer, now: () => number = () => performance.now()) {
    this.#redis = redis;
    this.#announcer = announcer;
    this.#now = now;
  }

  /** A participant types. Never throws. */
  async tell(userId: string, conversationId: string): Promise<void> {
    const key = typingKey(conversationId, userId);
    const now = this.#now();
    if (now - (this.#toldAt.get(key) ?? Number.NEGATIVE_INFINITY) < TOLD_EVERY) return;
    this.#remember(key, now);
    const isNews = this.#redis?.run((client) => client.eval(NOTE, 1, key)).catch(() => 1);
    if ((await isNews) === 0) return;
    const json = JSON.stringify({ type: 'typing', conversationId, userId, expiresInMs: TYPING_LASTS });
    this.#announcer.tell({ conversationId, json, aboutUserId: userId });
  }

  #remember(key: string, now: number): void {
    this.#toldAt.delete(key);
    this.#toldAt.set(key, now);
    for (const [oldest, at] of this.#toldAt) {
      if (this.#toldAt.size <= MOST_REMEMBERED && now - at < TOLD_EVERY) break;
      this.#toldAt.delete(oldest);
    }
  }
}
