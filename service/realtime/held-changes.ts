import type { Change } from '../domain/change.ts';

const MOST_HELD = 256;
const MOST_CHARACTERS = 1_024 * 1_024;

/**
 * Changes of a conversation that cannot be told yet, because one before them is missing. Bounded: what does not fit is read
 * from the database later. Those without JSON are worth nothing here: only the database knows what they say.
 */
export class HeldChanges {
  readonly #changes = new Map<number, Change>();
  #characters = 0;

  /** Whether nothing is held. */
  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  add(change: Change): void {
    const { version, json } = change;
    if (json === undefined || this.#changes.has(version)) return;
    if (this.#changes.size >= MOST_HELD || this.#characters + json.length > MOST_CHARACTERS) return;
    this.#changes.set(version, change);
    this.#characters += json.length;
  }

  /** The change of a version, still held. */
  find(version: number): Change | undefined {
    return this.#changes.get(version);
  }

  /** Forgets everything up to a version. */
  dropUntil(version: number): void {
    for (const [held, { json }] of this.#changes) {
      if (held > version) continue;
      this.#changes.delete(held);
      this.#characters -= json?.length ?? 0;
    }
  }
}
