import { createRandom } from '../model/random.ts';
import { medianOf, quantileOf } from './spread.ts';

/** An estimate, and between what it lies with the given confidence. */
export type Interval = { readonly estimate: number; readonly low: number; readonly high: number };

/** Share of resamples that an interval covers. */
export const CONFIDENCE = 0.95;
/** How often is resampled: the ends of an interval are then certain to about a hundredth of its width. */
const RESAMPLES = 5_000;

/**
 * So many repetitions at least carry an interval: between the least and the greatest of n values their median lies with a confidence of
 * 1 − 2^(1 − n), which for fewer than five is not near `CONFIDENCE`, however often they are resampled.
 */
export const LEAST_REPETITIONS = 5;

/** The percentile interval of a bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). */
function intervalOf(estimate: number, seed: number, resample: (pick: (count: number) => number[]) => number): Interval {
  const random = createRandom(seed);
  const pick = (count: number) => Array.from({ length: count }, () => Math.floor(random() * count));
  const drawn = Array.from({ length: RESAMPLES }, () => resample(pick));
  const rest = (1 - CONFIDENCE) / 2;
  return { estimate, low: quantileOf(drawn, rest), high: quantileOf(drawn, 1 - rest) };
}

/**
 * The median of the ratios other : one of pairs, with its interval; what is resampled are whole pairs, so that what the machine did
 * meanwhile hits both alike. Undefined with fewer than `LEAST_REPETITIONS` pairs.
 */
export function bootstrapPairedRatio(
  pairs: readonly (readonly [one: number, other: number])[],
  seed: number,
): Interval | undefined {
  if (pairs.length < LEAST_REPETITIONS) return undefined;
  const ratios = pairs.map(([one, other]) => other / one);
  return intervalOf(medianOf(ratios), seed, (pick) =>
    medianOf(pick(ratios.length).map((index) => ratios[index] as number)),
  );
}

/**
 * The ratio of the medians other : one of two independent samples, each of which is resampled by itself. Undefined where one of them has
 * fewer than `LEAST_REPETITIONS` values.
 */
export function bootstrapRatioOfMedians(
  one: readonly number[],
  other: readonly number[],
  seed: number,
): Interval | undefined {
  if (Math.min(one.length, other.length) < LEAST_REPETITIONS) return undefined;
  const draw = (values: readonly number[], indexes: readonly number[]) =>
    medianOf(indexes.map((index) => values[index] as number));
  return intervalOf(
    medianOf(other) / medianOf(one),
    seed,
    (pick) => draw(other, pick(other.length)) / draw(one, pick(one.length)),
  );
}
