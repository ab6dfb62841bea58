/** The numbers of one plan that the sum of connections is made of. */
export interface Sizes {
  /** Connections of Postgres that are for ordinary users. */
  readonly limit: number;
  readonly poolers: number;
  /** Connections of one pooler at most. */
  readonly each: number;
}

/** What bounds connections now, and what is to bound them. */
export interface ConnectionOrder {
  readonly live: Sizes;
  readonly wanted: Sizes;
  /** Pods of poolers, those that start or end included. */
  readonly pods: number;
  /** Whether Postgres runs with what was applied, and that is what is wanted. */
  readonly isPostgresDone: boolean;
  /** Whether every pooler was seen to run the wanted sizes. */
  readonly areVerified: boolean;
}

/** What must not be applied yet. */
export interface Held {
  readonly postgres: boolean;
  /** The sizes of the pools. */
  readonly sizes: boolean;
  /** The number and the version of the poolers. */
  readonly poolers: boolean;
}

/** Nothing waits for anything, as in a stack that is made. */
export const nothingHeld: Held = { postgres: false, sizes: false, poolers: false };

/**
 * What waits, so that on the way from one plan that fits to another no moment exceeds what Postgres takes:
 *
 *   the limit grows     Postgres ──▶ sizes and number
 *   the limit shrinks   sizes and number, seen to run ──▶ Postgres
 *   more poolers        sizes, seen to run ──▶ number
 *   fewer poolers       number, the others gone ──▶ larger sizes
 */
export function decideHeld({ live, wanted, pods, isPostgresDone, areVerified }: ConnectionOrder): Held {
  const waits = wanted.limit >= live.limit && !isPostgresDone;
  const grows = wanted.each > live.each;
  const isSettled =
    areVerified && live.each === wanted.each && live.poolers === wanted.poolers && pods <= wanted.poolers;
  return {
    postgres: wanted.limit < live.limit && !isSettled,
    sizes: grows && (waits || Math.max(live.poolers, pods) > wanted.poolers),
    poolers: wanted.poolers > live.poolers && (waits || !areVerified),
  };
}
