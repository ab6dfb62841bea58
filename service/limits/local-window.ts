import type { Budget } from './budgets.ts';

/**
 * Counts of one process alone, taken without waiting. All users share one window, at whose end all counts are dropped:
 * so there are never more of them than users who came within one window.
 */
export class LocalWindow {
  readonly #budget: Budget;
  readonly #now: () => number;
  #counts = new Map<string, number>();
  #endsAt = Number.NEGATIVE_INFINITY;

  /** `now` tells milliseconds of a clock that does not jump. */
  constructor(budget: Budget, now: () => number) {
    this.#budget = budget;
    this.#now = now;
  }

  /** Takes one point of the user; false when there is none. */
  take(userId: string): boolean {
    this.#turn();
    const count = this.#counts.get(userId) ?? 0;
    if (count >= this.#budget.points) return false;
    this.#counts.set(userId, count + 1);
    return true;
  }

  /** For how many milliseconds there will be no point for the user; 0 when there is one. */
  msUntilPoint(userId: string): number {
    this.#turn();
    return (this.#counts.get(userId) ?? 0) < this.#budget.points ? 0 : this.#endsAt - this.#now();
  }

  #turn(): void {
    const now = this.#now();
    if (now < this.#endsAt) return;
    this.#endsAt = now + this.#budget.seconds * 1_000;
    if (this.#counts.size > 0) this.#counts = new Map();
  }
}
