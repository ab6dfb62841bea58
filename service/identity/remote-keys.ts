import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { IdentityUnavailable } from '../domain/errors.ts';

/** Longest wait for the key set, in milliseconds. */
const TIMEOUT = 2_000;

/** The key set is not asked for twice within this time, whatever tokens name; in milliseconds. */
const COOLDOWN = 10_000;

/** Age at which keys are fetched again in the background, in milliseconds: so soon a removed key is noticed. */
const REFRESH_AFTER = 60_000;

/** Age at which a request waits for new keys (nobody asked for some time), while their server is well; in milliseconds. */
const WAIT_AFTER = 300_000;

/** Keys older than this are believed no more, also while their server is away; in milliseconds. */
const KEYS_LIVE = 24 * 3_600_000;

/**
 * The published keys of an issuer (JWKS), fetched when first needed.
 *
 *   age        < 60 s     ──▶ used
 *              < 5 min    ──▶ used, and fetched in the background
 *              < 24 h     ──▶ fetched first; used as they are while that fails
 *              more, none ──▶ fetched first, else IdentityUnavailable
 *   a token names an unknown key ──▶ fetched again, at most every 10 s
 *
 * So a new key works at once, a removed one ends soon, and an outage of the issuer stops only tokens of keys never seen.
 */
export class RemoteKeys {
  // The age of keys is kept track of here alone: jose would forget all keys when a refresh fails.
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #tell: (message: string) => void;
  readonly #now: () => number;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #failure: Error | undefined;
  #asking: Promise<void> | undefined;

  constructor(url: string, tell: (message: string) => void, now: () => number) {
    const timing = { timeoutDuration: TIMEOUT, cacheMaxAge: Number.POSITIVE_INFINITY };
    this.#keys = createRemoteJWKSet(new URL(url), { ...timing, cooldownDuration: Number.POSITIVE_INFINITY });
    this.#tell = tell;
    this.#now = now;
  }

  /** The key that a token names. Throws errors of jose, or IdentityUnavailable. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    await this.#freshen();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await this.#ask();
    return this.#keys(header, token);
  };

  async #freshen(): Promise<void> {
    const age = this.#now() - this.#fetchedAt;
    if (age < REFRESH_AFTER) return;
    const asked = this.#ask();
    if (age >= KEYS_LIVE) return asked;
    const done = asked.catch(() => undefined); // told already; the known keys go on
    if (age >= WAIT_AFTER && this.#failure === undefined) await done;
  }

  /** Fetches the keys, unless they were asked for just now. Throws IdentityUnavailable while the last time was in vain. */
  async #ask(): Promise<void> {
    const rest = this.#askedAt + COOLDOWN - this.#now();
    if (this.#asking === undefined && rest <= 0) {
      this.#askedAt = this.#now();
      this.#asking = this.#fetch();
    }
    await this.#asking;
    if (this.#failure === undefined) return;
    const retryAfter = Math.max(1, Math.ceil((this.#askedAt + COOLDOWN - this.#now()) / 1_000));
    throw new IdentityUnavailable(retryAfter, this.#failure);
  }

  async #fetch(): Promise<void> {
    try {
      await this.#keys.reload();
      this.#fetchedAt = this.#now();
      if (this.#failure) this.#tell('The key set of the issuer is there again');
      this.#failure = undefined;
    } catch (error) {
      if (!this.#failure) this.#tell(`The key set of the issuer cannot be fetched: ${describe(error)}`);
      this.#failure = error as Error;
    } finally {
      this.#asking = undefined;
    }
  }
}

/** fetch itself says no more than "fetch failed"; its cause says why. */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
