import type { Change, News } from '../domain/change.ts';
import { type RedisConnection, RedisUnavailable } from './redis-connection.ts';
import { EVENTS_CHANNEL } from './scripts.ts';
import { encodeEvent } from './stream-event.ts';

/** Tells all processes of a change; answers whether Redis took it. Never throws for Redis' sake. */
export type ChangePublisher = { announce(change: Change): Promise<boolean> };

/** Publishes what needs no marker: news, and changes where pages are not cached. */
export class EventPublisher implements ChangePublisher {
  readonly #redis: RedisConnection;
  readonly #origin: string;

  /** `origin` names this process among those that share the Redis. */
  constructor(redis: RedisConnection, origin: string) {
    this.#redis = redis;
    this.#origin = origin;
  }

  async announce({ conversationId, version, json = '', changesParticipants = false }: Change): Promise<boolean> {
    return this.#publish(encodeEvent({ origin: this.#origin, conversationId, version, json, changesParticipants }));
  }

  /** Publishes news. Does not wait; what Redis does not take is lost, as news may be. */
  tell({ conversationId, json }: News): void {
    const news = { origin: this.#origin, conversationId, version: 0, json, changesParticipants: false };
    void this.#publish(encodeEvent(news));
  }

  async #publish(message: string): Promise<boolean> {
    try {
      await this.#redis.run((client) => client.publish(EVENTS_CHANNEL, message));
      return true;
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      return false;
    }
  }
}
