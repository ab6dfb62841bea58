import { halfPeakCriterion, hitRatioCriterion, reductionCriterion } from './cache-criteria.ts';
import { databaseConnectionsCriterion, queueWaitCriterion, soakCriterion } from './connection-criteria.ts';
import type { Criterion, Results, Verdict } from './criterion.ts';
import { kneeCriterion } from './knee-criterion.ts';

/** All promises about speed, in the order of the report. */
export const criteria: readonly Criterion[] = [
  hitRatioCriterion,
  reductionCriterion,
  queueWaitCriterion(5_000),
  queueWaitCriterion(10_000),
  databaseConnectionsCriterion,
  soakCriterion,
  halfPeakCriterion,
  kneeCriterion,
];

/** What a run says about each of them. */
export const judgeRun = (results: Results): readonly Verdict[] =>
  criteria.map(({ title, target, aim, judge }) => ({ title, target, ...(aim ? { aim } : {}), ...judge(results) }));
