import type { EventListener } from '../cache/event-stream.ts';
import type { StreamEvent } from '../cache/stream-event.ts';
import type { News } from '../domain/change.ts';
import { StorageUnavailable } from '../domain/errors.ts';
import type { Hub } from './hub.ts';
import { decodeNews } from './news-codec.ts';

/** How often the database is asked while nothing can be heard, in milliseconds. */
const ASKED_EVERY = 2_000;

/**
 * What other processes tell, and what to do when it cannot be heard: Redis forgets what it could not deliver, so whoever
 * follows conversations compares them with Postgres.
 *
 *   lapsed (as at start) ──▶ compare, again every 2 s ──recovered──▶ compare once more ──▶ events suffice
 */
export class ReplicaEvents implements EventListener {
  readonly #hub: Hub;
  readonly #origin: string;
  readonly #tellNews: (news: News) => void;
  readonly #onError: (error: unknown) => void;
  #isLapsed = true;
  #isComparing = false;
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `origin` is this process, whose own news were told already. */
  constructor(hub: Hub, origin: string, tellNews: (news: News) => void, onError: (error: unknown) => void) {
    this.#hub = hub;
    this.#origin = origin;
    this.#tellNews = tellNews;
    this.#onError = onError;
    this.#schedule();
  }

  onEvent({ origin, version, conversationId, json, changesParticipants }: StreamEvent): void {
    if (version > 0) {
      this.#hub.hear({ conversationId, version, changesParticipants, ...(json === '' ? {} : { json }) });
      return;
    }
    const news = origin === this.#origin ? undefined : decodeNews(conversationId, json);
    if (news) this.#tellNews(news);
  }

  onLapse(): void {
    this.#isLapsed = true;
    this.#schedule();
  }

  onRecovered(): void {
    this.#isLapsed = false;
    void this.#compare();
  }

  /** Compares no longer. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #compare(): Promise<void> {
    this.#isDue = true; // a comparison that began before the recovery proves nothing for the time after it
    if (this.#isComparing) return;
    this.#isComparing = true;
    while (this.#isDue && !this.#isClosed) {
      this.#isDue = false;
      await this.#hub.compare().catch((error: unknown) => {
        if (!(error instanceof StorageUnavailable)) this.#onError(error);
        this.#schedule();
      });
    }
    this.#isComparing = false;
    if (this.#isLapsed) this.#schedule();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#compare(), ASKED_EVERY).unref();
  }
}
