import type { Change, News } from '../domain/change.ts';
import { Announcements } from './announcements.ts';
import { type RedisConnection, RedisUnavailable } from './redis-connection.ts';
import { EVENTS_CHANNEL } from './scripts.ts';
import { encodeEvent } from './stream-event.ts';

/** Tells all processes of a change; answers whether Redis took it. Never throws for Redis' sake. */
export type ChangePublisher = { announce(change: Change): Promise<boolean> };

/**
 * Tells all processes what this one does, where it caches no pages itself: news, and changes. Others may have cached pages of
 * what changes, so it raises their markers too; it makes none.
 */
export class EventPublisher implements ChangePublisher {
  readonly #redis: RedisConnection;
  readonly #origin: string;
  readonly #announcements: Announcements;

  /** `origin` names this process among those that share the Redis. */
  constructor(redis: RedisConnection, origin: string) {
    this.#redis = redis;
    this.#origin = origin;
    this.#announcements = new Announcements(redis, { origin });
  }

  announce(change: Change): Promise<boolean> {
    return succeeds(this.#announcements.announce(change));
  }

  /** Publishes news. Does not wait; what Redis does not take is lost, as news may be. */
  tell({ conversationId, json }: News): void {
    const news = { origin: this.#origin, conversationId, version: 0, json, changesParticipants: false };
    void succeeds(this.#redis.run((client) => client.publish(EVENTS_CHANNEL, encodeEvent(news))));
  }
}

async function succeeds(telling: Promise<unknown>): Promise<boolean> {
  try {
    await telling;
    return true;
  } catch (error) {
    if (!(error instanceof RedisUnavailable)) throw error;
    return false;
  }
}
