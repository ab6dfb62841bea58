import type { Random } from './random.ts';

/** Longest pause between two requests of a user, in means; the service keeps a connection for 65 s, so that it outlives those of a mean of 15 s. */
export const longestThink = 4;

/** Seconds until a user does the next thing: exponential around the mean, cut at four times the mean. */
export function drawThinkSeconds(random: Random, mean: number): number {
  return Math.min(-Math.log(1 - random()) * mean, longestThink * mean);
}
