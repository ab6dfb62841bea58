import { type Group, p95sOf, sampledValues } from '../../results/groups.ts';
import { isBorne } from '../../scenarios/rising-rates.ts';
import { LEAST_REPETITIONS } from '../../statistics/bootstrap.ts';
import { meanOf, spreadOf } from '../../statistics/spread.ts';
import { formatChange, formatMilliseconds, formatShare, formatSpread } from '../figures.ts';
import { comparedGroups, compareLatency } from './comparison.ts';
import { type Criterion, explainMiss, notMeasured, stateOf } from './criterion.ts';

/** Mean hit ratio of each block of a group, after its warm-up. */
export const hitRatiosOf = ({ blocks }: Group): readonly number[] =>
  blocks
    .map((block) => sampledValues([block], 'hitRatio'))
    .filter((values) => values.length > 0)
    .map(meanOf);

/** Where the hit ratio is looked for: the steady load first. */
const STEADY = ['compare', 'soak', 'peak', 'stress', 'spike', 'realtime'] as const;

/** The group whose hit ratio stands for the run; undefined where none was sampled. */
export const hitRatioGroup = (groups: readonly Group[]): Group | undefined =>
  STEADY.map((scenario) =>
    groups.find((group) => group.scenario === scenario && isCached(group) && hitRatiosOf(group).length > 0),
  ).find(Boolean);

const isCached = ({ configuration }: Group) => configuration === 'full-stack' || configuration === 'given';

const TARGETS = { hitRatio: [0.6, 0.85], reduction: [0.3, 0.6], half: 20 } as const;

/** How much of the reads the cache answers once it is warm. */
export const hitRatioCriterion: Criterion = {
  title: 'hit ratio after warm-up',
  target: '> 60 %',
  aim: '> 85 %',
  judge({ groups, run }) {
    const group = hitRatioGroup(groups);
    const spread = group && spreadOf(hitRatiosOf(group));
    if (group === undefined || spread === undefined) return notMeasured('no hit ratio of a stack with a cache');
    const [target, aim] = TARGETS.hitRatio;
    const { readShare, conversations } = run.settings;
    return {
      state: stateOf(spread.median > target, spread.median > aim),
      measured: formatSpread(spread, formatShare),
      note: `${formatShare(readShare)} reads, ${conversations.toLocaleString('en')} conversations, scenario ${group.scenario}.`,
    };
  },
};

/** What PgBouncer and the cache save together. */
export const reductionCriterion: Criterion = {
  title: 'p95 of the full stack against the baseline, at the same arrival rate',
  target: '≥ 30 % lower, interval excludes 0',
  aim: '60 % lower',
  judge(results) {
    const compared = comparedGroups(results.groups);
    const [one, other] = [compared.get('baseline'), compared.get('full-stack')];
    const ratio = one && other && compareLatency(one, other, results.run.settings.seed);
    if (one === undefined || other === undefined || ratio === undefined)
      return notMeasured(`no ${LEAST_REPETITIONS} repetitions of the scenario compare with both`);
    const [target, aim] = TARGETS.reduction;
    const isSure = ratio.high < 1;
    const state = stateOf(isSure && 1 - ratio.estimate >= target, 1 - ratio.estimate >= aim);
    const median = (group: Group) => formatSpread(spreadOf(p95sOf(group)), formatMilliseconds);
    const miss = state === 'missed' && explainMiss(one, results, (group) => `baseline ${median(group)}`);
    return {
      state,
      measured: formatChange(ratio),
      note: `${median(one)} became ${median(other)} at ${one.target.arrivalRate ?? '–'} requests/s.${miss ? ` ${miss}` : ''}`,
    };
  },
};

/** A rate is borne while nothing fails and 95 % of each kind of request are answered within so many milliseconds. */
const BORNE = 50;
/** Rates this near to half of the peak, as a share of it, are half of it: they are chosen before the peak is known. */
const NEAR_HALF = 0.05;

const rateOf = ({ target }: Group): number => target.arrivalRate ?? 0;

/** The highest rate that was borne, and the one nearest to half of it or else the next above; undefined where either is missing. */
export function halfOfPeak(groups: readonly Group[]): { readonly peak: Group; readonly half: Group } | undefined {
  const rates = groups.filter((group) => group.scenario === 'peak' && isCached(group));
  // A rate that is not borne is tried once more: one of the two is enough, as for whoever looked for the peak.
  const peak = rates.findLast(({ blocks }) => blocks.some((block) => isBorne(block, BORNE)));
  if (peak === undefined) return undefined;
  const offHalf = (group: Group) => rateOf(group) / rateOf(peak) - 0.5;
  const below = rates.filter((group) => group !== peak && offHalf(group) >= -NEAR_HALF);
  const half = below.toSorted((one, other) => Math.abs(offHalf(one)) - Math.abs(offHalf(other)))[0];
  return half && offHalf(half) < 0.5 ? { peak, half } : undefined;
}

/** How fast the full stack is when it has room. */
export const halfPeakCriterion: Criterion = {
  title: 'p95 of the full stack at half of its peak rate',
  target: `≤ ${TARGETS.half} ms`,
  judge(results) {
    const found = halfOfPeak(results.groups);
    const spread = found && spreadOf(p95sOf(found.half));
    if (found === undefined || spread === undefined) return notMeasured('no two rates of the scenario peak');
    const { peak, half } = found;
    const state = stateOf(spread.median <= TARGETS.half);
    const tell = (group: Group) => formatSpread(spreadOf(p95sOf(group)), formatMilliseconds);
    const miss = state === 'missed' && explainMiss(half, results, tell);
    return {
      state,
      measured: formatSpread(spread, formatMilliseconds),
      note: `At ${half.target.arrivalRate} requests/s; ${rateOf(peak).toLocaleString('en')} was the highest rate at which nothing failed and p95 stayed within ${BORNE} ms.${miss ? ` ${miss}` : ''}`,
    };
  },
};
