/** How long a stream counts as healthy after the sending of the newest PING that was answered, in milliseconds. */
const HEALTHY_FOR = 1_500;

/**
 * What is known of a stream of events. Redis answers on a connection in the order of what it did, so the answer to a PING
 * comes behind everything that was published before Redis saw that PING: whatever was published before the PING was *sent*
 * has arrived. That is the one kind of proof there is; it holds for HEALTHY_FOR.
 *
 *   broken ──subscribed──▶ healthy ──no proof for 1.5 s──▶ lapsed ──a late proof──▶ healthy
 *      ▲────────────────────── the connection ends ───────────┘
 *
 * `lapsed` may be noticed late (`notice` is called now and then), `isHealthy` is exact at any moment.
 */
export class StreamHealth {
  readonly #now: () => number;
  /** When the newest question was sent that was answered; negative infinity while broken. */
  #provenAt = Number.NEGATIVE_INFINITY;
  #wasHealthy = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether everything published until 1.5 s ago, or later, has arrived. */
  get isHealthy(): boolean {
    return this.#now() - this.#provenAt <= HEALTHY_FOR;
  }

  /** A question sent at `sentAt` was answered. */
  prove(sentAt: number): void {
    this.#provenAt = Math.max(this.#provenAt, sentAt);
  }

  /** The connection ended, so events may be lost: nothing is proven any more. */
  break(): void {
    this.#provenAt = Number.NEGATIVE_INFINITY;
  }

  /** What changed since this was asked last, if anything did. */
  notice(): 'lapsed' | 'recovered' | undefined {
    const isHealthy = this.isHealthy;
    if (isHealthy === this.#wasHealthy) return undefined;
    this.#wasHealthy = isHealthy;
    return isHealthy ? 'recovered' : 'lapsed';
  }
}
