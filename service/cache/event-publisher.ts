import type { Change, News } from '../domain/change.ts';
import { markerKey } from './cached-page.ts';
import { type RedisConnection, RedisUnavailable } from './redis-connection.ts';
import { EVENTS_CHANNEL, type WithScripts } from './scripts.ts';
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

  /** `origin` names this process among those that share the Redis. */
  constructor(redis: RedisConnection, origin: string) {
    this.#redis = redis;
    this.#origin = origin;
  }

  async announce({ conversationId, version, json = '', changesParticipants = false }: Change): Promise<boolean> {
    const event = encodeEvent({ origin: this.#origin, conversationId, version, json, changesParticipants });
    return this.#try((client) => client.announce(markerKey(conversationId), version, '', 0, EVENTS_CHANNEL, event));
  }

  /** Publishes news. Does not wait; what Redis does not take is lost, as news may be. */
  tell({ conversationId, json }: News): void {
    const news = { origin: this.#origin, conversationId, version: 0, json, changesParticipants: false };
    void this.#try((client) => client.publish(EVENTS_CHANNEL, encodeEvent(news)));
  }

  async #try(command: (client: WithScripts) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#redis.run(command);
      return true;
    } catch (error) {
      if (!(error instanceof RedisUnavailable)) throw error;
      return false;
    }
  }
}
