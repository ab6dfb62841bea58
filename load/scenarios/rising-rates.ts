import type { Block } from '../results/load-run.ts';
import { latencyAt } from '../statistics/mixture.ts';
import { roundRate } from './arrivals.ts';

/** Answers, of those that arrived, that make a rate answered in full. */
const fullShare = 0.98;

/** Whether a stack bore a rate: all was answered in time, well, and p95 of each kind kept its bound in milliseconds. */
export const isBorne = (block: Block, boundMilliseconds: number): boolean =>
  block.void === undefined &&
  block.requests.failed === 0 &&
  block.requests.perSecond >= fullShare * (block.target.arrivalRate ?? 0) &&
  Object.values(block.latency).every((latency) => latencyAt(latency, 0.95) <= boundMilliseconds);

/** How often a rate is tried before it counts as not borne: a machine does other things, too, for a moment. */
const tries = 2;

/** Tries rates that rise by a factor until one is not borne twice; answers the highest that was, or undefined. */
export async function findHighest(
  first: number,
  factor: number,
  isBorneAt: (rate: number, repetition: number) => Promise<boolean>,
): Promise<number | undefined> {
  const isBorneInTime = async (rate: number): Promise<boolean> => {
    for (let repetition = 0; repetition < tries; repetition += 1) if (await isBorneAt(rate, repetition)) return true;
    return false;
  };
  let highest: number | undefined;
  for (let rate = first; rate < 100_000; rate = Math.max(roundRate(rate * factor), rate + 1)) {
    if (!(await isBorneInTime(rate))) break;
    highest = rate;
  }
  return highest;
}
