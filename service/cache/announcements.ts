import type { Change } from '../domain/change.ts';
import { markerKey } from './cached-page.ts';
import type { RedisConnection } from './redis-connection.ts';
import { EVENTS_CHANNEL } from './scripts.ts';
import { encodeEvent } from './stream-event.ts';

/** Most changes that one script announces: a bound of the time for which Redis does nothing else. */
const MOST_AT_ONCE = 64;

/** Who announces, and how long a marker lives at least, in milliseconds: absent where this process needs none and makes none. */
export type AnnouncementOptions = { readonly origin: string; readonly markerTtl?: number };

type Gathering = { readonly changes: Change[]; readonly done: Promise<void> };

/**
 * Announces changes to Redis. Those whose COMMIT was heard of in the same turn of the event loop go in one command, with the
 * other commands of that turn, so none waits for another; under load a command costs more than what it says.
 */
export class Announcements {
  readonly #redis: RedisConnection;
  readonly #options: AnnouncementOptions;
  #gathering: Gathering | undefined;
  #lives = 0;

  constructor(redis: RedisConnection, options: AnnouncementOptions) {
    this.#redis = redis;
    this.#options = options;
  }

  /** Resolves when the marker is raised and the event published; throws RedisUnavailable when that is not known. */
  announce(change: Change): Promise<void> {
    if (!this.#gathering || this.#gathering.changes.length === MOST_AT_ONCE) this.#gathering = this.#gather();
    this.#gathering.changes.push(change);
    return this.#gathering.done;
  }

  #gather(): Gathering {
    const changes: Change[] = [];
    const end = () => {
      if (this.#gathering?.changes === changes) this.#gathering = undefined;
    };
    const told = this.#redis.runLast((client) => {
      end();
      const keys = changes.map(({ conversationId }) => markerKey(conversationId));
      const versions = changes.map(({ version }) => version);
      const events = changes.map((change) => this.#encode(change));
      const { markerTtl } = this.#options;
      const marker = markerTtl === undefined ? [0, ''] : [markerTtl, this.#createNonce()];
      return client.announce(keys.length, ...keys, ...marker, EVENTS_CHANNEL, ...versions, ...events);
    });
    return { changes, done: told.then(() => undefined).finally(end) }; // also where Redis was not asked
  }

  #encode({ conversationId, version, json = '', changesParticipants = false }: Change): string {
    return encodeEvent({ origin: this.#options.origin, conversationId, version, json, changesParticipants });
  }

  /** A nonce for markers that are not there: nobody else has the origin, and this process counts. */
  #createNonce(): string {
    this.#lives += 1;
    return `${this.#options.origin}.${this.#lives}`;
  }
}
