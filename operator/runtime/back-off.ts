/** Limits of an exponential back-off in milliseconds. */
export interface BackOffLimits {
  firstMilliseconds: number;
  longestMilliseconds: number;
}

/** first, 2 × first, 4 × first … up to the longest; `failures` counts from 0. */
export function computeBackOff(limits: BackOffLimits, failures: number): number {
  return Math.min(limits.longestMilliseconds, limits.firstMilliseconds * 2 ** Math.min(failures, 60));
}

/** The delay spread evenly over 50–150 % of itself, so that many clients do not come back at once. */
export function spread(milliseconds: number, random: () => number): number {
  return milliseconds * (0.5 + random());
}
