/** What a token proves: who its bearer is, and until when (ms since epoch). */
export type VerifiedToken = { readonly userId: string; readonly expiresAt: number };

type Entry = { readonly verified: VerifiedToken; readonly until: number };

/** How much each of the two generations holds, in characters of tokens. */
const ROOM = 4 * 1_024 * 1_024;

/** What an entry takes beside its token, in the same measure. */
const OVERHEAD = 256;

/**
 * Tokens that were verified, by their exact text, so that a user's next requests cost a look into a Map.
 *
 *   remember ──▶ young ──full: becomes──▶ old ──next time: dropped
 *                  ▲                       │
 *                  └──── found there ──────┘    so what is used stays, without an order to keep up at each look
 */
export class VerifiedTokens {
  readonly #room: number;
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();
  #taken = 0;

  constructor(room = ROOM) {
    this.#room = room;
  }

  /** What the token proves, unless it was not remembered, or not for so long; `now` in ms since epoch. */
  find(token: string, now: number): VerifiedToken | undefined {
    const entry = this.#young.get(token) ?? this.#findOld(token);
    return entry !== undefined && now < entry.until ? entry.verified : undefined;
  }

  /** Remembers a token for some time; `until` in ms since epoch. */
  remember(token: string, verified: VerifiedToken, until: number): void {
    this.#put(token, { verified, until });
  }

  /** How many tokens are remembered, also those whose time is over. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #findOld(token: string): Entry | undefined {
    const entry = this.#old.get(token);
    if (entry === undefined) return undefined;
    this.#old.delete(token);
    this.#put(token, entry);
    return entry;
  }

  #put(token: string, entry: Entry): void {
    if (!this.#young.has(token)) this.#taken += token.length + OVERHEAD;
    if (this.#taken > this.#room) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#taken = token.length + OVERHEAD;
    }
    this.#young.set(token, entry);
  }
}
