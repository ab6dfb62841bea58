import { describe, expect, test } from '@jest/globals';
import { decideHeld, nothingHeld, type Sizes } from './order-rules.ts';

/** Poolers beside the planned ones while they are replaced. */
const surge = 1;
const fits = ({ limit, poolers, each }: Sizes) => (poolers + surge) * each <= limit;

/** A stack on its way to a plan: each thing that may happen next happens in some order, and no moment may exceed the limit. */
class Transition {
  live: Sizes;
  /** What Postgres runs with; what was applied is another one until it has started again. */
  limit: number;
  /** Connections that each pooler may have. */
  poolers: number[];

  constructor(from: Sizes) {
    this.live = from;
    this.limit = from.limit;
    this.poolers = Array.from({ length: from.poolers }, () => from.each);
  }

  get sum(): number {
    return this.poolers.reduce((sum, each) => sum + each, 0);
  }

  held(wanted: Sizes) {
    return decideHeld({
      live: this.live,
      wanted,
      pods: this.poolers.length,
      isPostgresDone: this.limit === this.live.limit && this.live.limit === wanted.limit,
      areVerified: this.poolers.every((each) => each === wanted.each) && this.live.each === wanted.each,
    });
  }

  /** What can happen next: a part of the plan is applied, or a part of what was applied comes into force. */
  moves(wanted: Sizes): (() => void)[] {
    const { live } = this;
    const held = this.held(wanted);
    const moves: (() => void)[] = [];
    const apply = (part: Partial<Sizes>) => {
      this.live = { ...this.live, ...part };
    };
    if (!held.postgres && live.limit !== wanted.limit) moves.push(() => apply({ limit: wanted.limit }));
    if (!held.sizes && live.each !== wanted.each) moves.push(() => apply({ each: wanted.each }));
    if (!held.poolers && live.poolers !== wanted.poolers) moves.push(() => apply({ poolers: wanted.poolers }));
    if (this.limit !== live.limit) moves.push(() => (this.limit = live.limit));
    this.poolers.forEach((each, index) => {
      if (each !== live.each) moves.push(() => (this.poolers[index] = live.each));
    });
    if (this.poolers.length < live.poolers + surge) moves.push(() => this.poolers.push(live.each));
    if (this.poolers.length > live.poolers) moves.push(() => this.poolers.shift());
    return moves;
  }

  isAt(wanted: Sizes): boolean {
    return JSON.stringify([this.live, this.limit]) === JSON.stringify([wanted, wanted.limit]);
  }
}

/** Numbers that follow from a seed: the next one of a linear congruential generator, below a bound. */
const numbersOf = (seed: number) => {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
};

/** Goes towards a plan by moves at random; throws at the first moment that exceeds the limit. */
function go(transition: Transition, wanted: Sizes, pick: (below: number) => number, steps: number): void {
  for (let step = 0; step < steps && !transition.isAt(wanted); step += 1) {
    const moves = transition.moves(wanted);
    moves[pick(moves.length)]?.();
    if (transition.sum > transition.limit)
      throw new Error(`${transition.sum} of ${transition.limit} on the way to ${JSON.stringify(wanted)}`);
  }
}

describe('the order in which a plan is applied', () => {
  const seeds = Array.from({ length: 3000 }, (_, index) => index + 1);

  test('lets no moment exceed what Postgres takes, whatever comes into force first, also when the plan changes on the way', () => {
    for (const seed of seeds) {
      const pick = numbersOf(seed);
      const anyPlan = (): Sizes => {
        const [limit, poolers] = [20 + pick(200), 1 + pick(8)];
        return { limit, poolers, each: 1 + pick(Math.max(Math.floor(limit / (poolers + surge)), 1)) };
      };
      const [first, ...others] = [anyPlan(), anyPlan(), anyPlan()].filter(fits);
      const transition = first && new Transition(first);
      for (const wanted of others) if (transition) go(transition, wanted, pick, 40 + pick(400));
    }
  });

  test('comes to its end', () => {
    const from = { limit: 100, poolers: 2, each: 30 };
    for (const wanted of [
      { limit: 200, poolers: 4, each: 40 },
      { limit: 40, poolers: 1, each: 10 },
      { limit: 100, poolers: 6, each: 14 },
      { limit: 100, poolers: 1, each: 50 },
    ]) {
      const transition = new Transition(from);
      go(transition, wanted, numbersOf(7), 20_000);
      expect(transition.isAt(wanted)).toBe(true);
    }
  });

  test('holds nothing of a plan that is in force', () => {
    const plan = { limit: 100, poolers: 2, each: 30 };
    expect(decideHeld({ live: plan, wanted: plan, pods: 2, isPostgresDone: true, areVerified: true })).toEqual(
      nothingHeld,
    );
  });
});
