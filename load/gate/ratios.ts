import { z } from 'zod';
import { hitRatiosOf } from '../report/criteria/cache-criteria.ts';
import { comparedGroups, compareLatency } from '../report/criteria/comparison.ts';
import type { Results } from '../report/criteria/criterion.ts';
import { LONG_WAIT } from '../results/bottleneck.ts';
import { type Group, latencyOf, sampledValues } from '../results/groups.ts';
import { medianOf } from '../statistics/spread.ts';

/**
 * What the gate looks at: figures of one run relative to each other, which another machine shares. Half of the requests, not 95 %: at a rate that any
 * machine bears nothing queues, and the slowest twentieth are misses of the cache, which take as long with it as without.
 */
export const ratioNames = ['p50 full-stack : baseline', 'p50 full-stack : pooling', 'hit ratio', 'long waits'] as const;
/** One of them. */
export type RatioName = (typeof ratioNames)[number];

/** Whether a rise or a fall of it is a loss. */
export const worseWhen: Readonly<Record<RatioName, 'higher' | 'lower'>> = {
  'p50 full-stack : baseline': 'higher',
  'p50 full-stack : pooling': 'higher',
  'hit ratio': 'lower',
  'long waits': 'higher',
};

/** What the ratios of this revision were, and how far they may fall behind that. */
export const keptRatiosSchema = z.object({
  /** Requests a second at which they were measured; the gate measures at the same. */
  arrivalRate: z.number().positive(),
  /** From so many runs. */
  runs: z.number().int().positive(),
  ratios: z.record(z.enum(ratioNames), z.object({ value: z.number(), tolerance: z.number().positive() })),
});
/** What is kept in the repository. */
export type KeptRatios = z.infer<typeof keptRatiosSchema>;

/** Share of the seconds in which a client waited long for a connection of the pool; undefined where that was not sampled. */
function longWaits({ blocks }: Group): number | undefined {
  const waits = sampledValues(blocks, 'queueWaitMilliseconds');
  return waits.length === 0 ? undefined : waits.filter((wait) => wait >= LONG_WAIT).length / waits.length;
}

/** The ratios of a run, as far as it has them. */
export function ratiosOf({ run, groups }: Results): Readonly<Partial<Record<RatioName, number>>> {
  const compared = comparedGroups(groups);
  const full = compared.get('full-stack');
  if (full === undefined) return {};
  const against = (name: 'baseline' | 'pooling') => {
    const other = compared.get(name);
    return other && compareLatency(other, full, run.settings.seed, (block) => latencyOf(block, 0.5))?.estimate;
  };
  const hitRatios = hitRatiosOf(full);
  const found = {
    'p50 full-stack : baseline': against('baseline'),
    'p50 full-stack : pooling': against('pooling'),
    'hit ratio': hitRatios.length === 0 ? undefined : medianOf(hitRatios),
    'long waits': longWaits(full),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** The least tolerance: below it, nobody would notice. */
const LEAST_TOLERANCE = 0.05;
/** So many times the spread of the runs: a run of the same sources falls outside once in a hundred or less. */
const SPREADS = 3;
/** What makes a median absolute deviation a standard deviation where the values are normal. */
const DEVIATION = 1.4826;

/** What to keep of several runs of the same sources: the median of each ratio, and three robust standard deviations of it. */
export function keepRatios(found: readonly Readonly<Partial<Record<RatioName, number>>>[]): KeptRatios['ratios'] {
  return Object.fromEntries(
    ratioNames.map((name) => {
      const values = found.flatMap((each) => each[name] ?? []);
      const value = medianOf(values);
      const spread = DEVIATION * medianOf(values.map((each) => Math.abs(each - value)));
      return [name, { value: round(value), tolerance: round(Math.max(LEAST_TOLERANCE, SPREADS * spread)) }];
    }),
  ) as KeptRatios['ratios'];
}

const round = (value: number): number => Number(value.toFixed(3));

/** What became of a ratio. */
export type RatioVerdict = {
  readonly name: RatioName;
  readonly kept: number;
  /** The worst that is still kept. */
  readonly bound: number;
  /** Undefined: the run does not have it, which is a loss, too. */
  readonly found: number | undefined;
  readonly isKept: boolean;
};

/** Each kept ratio beside that of a run. */
export const judgeRatios = (
  { ratios }: KeptRatios,
  run: Readonly<Partial<Record<RatioName, number>>>,
): readonly RatioVerdict[] =>
  ratioNames.map((name) => {
    const { value, tolerance } = ratios[name];
    const found = run[name];
    const isRiseWorse = worseWhen[name] === 'higher';
    const bound = isRiseWorse ? value + tolerance : value - tolerance;
    const isKept = found !== undefined && (isRiseWorse ? found <= bound : found >= bound);
    return { name, kept: value, bound, found, isKept };
  });
