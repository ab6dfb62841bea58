import type { OpenPlan, Phase } from '../k6/k6-plan.ts';
import type { Block } from '../results/load-run.ts';
import type { ScenarioSettings } from './scenario.ts';

/** Virtual users at least and at most; each has a connection of its own. */
const virtualUserBounds = { least: 50, most: 2000 } as const;

/** Seconds of a stall through which requests still begin in time: so many virtual users are there. */
const bornStall = 2;

/** Requests that arrive in these phases, with virtual users for a stall. */
export function planArrivals(phases: readonly Phase[]): OpenPlan {
  const fastest = Math.max(...phases.map(({ arrivalRate }) => arrivalRate));
  const wanted = Math.ceil(fastest * bornStall);
  const { least, most } = virtualUserBounds;
  return { kind: 'open', phases, virtualUsers: Math.min(Math.max(wanted, least), most) };
}

/** One rate: a warm-up, and a measured part. */
export const planRate = (arrivalRate: number, warmUpSeconds: number, seconds: number): OpenPlan =>
  planArrivals([
    ...(warmUpSeconds > 0 ? [{ seconds: warmUpSeconds, arrivalRate, measured: false }] : []),
    { seconds, arrivalRate, measured: true },
  ]);

/** Requests a second where nothing better is known. */
const cautiousRate = 100;

/** The rate of compare: as it was asked for, or as it was found out. */
export const comparedRate = (settings: Pick<ScenarioSettings, 'rate'>, blocks: readonly Block[]): number | undefined =>
  settings.rate ?? blocks.find(({ scenario }) => scenario === 'compare')?.target.arrivalRate;

/** A rate that the full stack bears for certain. */
export const easyRate = (settings: Pick<ScenarioSettings, 'rate'>, blocks: readonly Block[]): number =>
  comparedRate(settings, blocks) ?? cautiousRate;

/** A rate of two digits, such as 340. */
export function roundRate(rate: number): number {
  const unit = 10 ** Math.max(Math.floor(Math.log10(rate)) - 1, 0);
  return Math.max(Math.floor(rate / unit) * unit, 1);
}
