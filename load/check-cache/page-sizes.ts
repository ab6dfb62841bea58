/** Page sizes that no client uses of its own accord: 51 to 99. The service takes 1 to 100. */
const SMALLEST = 51;
const SIZES = 49;

/** A stride without a common factor with SIZES: it visits every size once before it repeats one. */
const STRIDE = 5;

/**
 * Chooses the page sizes of the rounds. The cache key holds the page size, so an unusual one is not cached yet, and two
 * checks that run in the same half minute differ by their `seed` (0 ≤ seed < 1, a random number).
 */
export function choosePageSizes(seed: number, count: number): number[] {
  const start = Math.floor(seed * SIZES);
  return Array.from({ length: count }, (_, round) => SMALLEST + ((start + round * STRIDE) % SIZES));
}
