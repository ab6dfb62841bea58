import { z } from 'zod';
import { metricName } from '../../k6/k6-plan.ts';
import { errorKinds } from '../../model/error-kinds.ts';
import { type Block, keptShares, type Latency } from '../../results/load-run.ts';

/** What k6 writes at its end, as far as it is read here. */
export const k6SummarySchema = z.object({
  metrics: z.record(
    z.string(),
    z.object({
      values: z.record(z.string(), z.number()),
      thresholds: z.record(z.string(), z.object({ ok: z.boolean() })).optional(),
    }),
  ),
});
/** What k6 writes at its end, as far as it is read here. */
export type K6Summary = z.infer<typeof k6SummarySchema>;

/** A share as k6 names its percentile, without what floating point adds. */
const percentile = (share: number): string => `p(${Number((share * 100).toFixed(4))})`;

/** The statistics that k6 is to tell of each time: those of the raw data. */
export const trendStatistics: readonly string[] = ['count', 'avg', 'max', ...keptShares.map(percentile)];

/** What became of the requests of a span. */
export type Outcome = Pick<Block, 'requests' | 'latency'> & { readonly void?: string };

/** Reads what became of a measured span, by number from 0. */
export function readOutcome({ metrics }: K6Summary, span: number, seconds: number): Outcome {
  const countOf = (name: string): number => metrics[name]?.values.count ?? 0;
  const times = (['read', 'send', 'deliver'] as const).flatMap((kind) => {
    const latency = readLatency(metrics[metricName(kind, span)]?.values);
    return latency === undefined ? [] : [[kind, latency] as const];
  });
  const latency = Object.fromEntries(times) as Outcome['latency'];
  // What was acknowledged and did not reach a follower has no moment at which it failed.
  const undelivered = Math.max(countOf(metricName('expected_deliveries', span)) - (latency.deliver?.count ?? 0), 0);
  const counted = errorKinds.map((kind) => [kind, countOf(metricName(kind, span))] as const);
  const errors = Object.fromEntries(
    [...counted, ['not delivered', undelivered] as const].filter(([, count]) => count > 0),
  );
  const answered = countOf(metricName('answered', span));
  const failed = countOf(metricName('failed', span)) + undelivered;
  const dropped = countOf('dropped_iterations');
  const voidBecause = whyVoid(dropped, answered + failed);
  return {
    requests: { answered, failed, errors, dropped, perSecond: answered / seconds },
    latency,
    ...(voidBecause === undefined ? {} : { void: voidBecause }),
  };
}

function readLatency(values: Readonly<Record<string, number>> | undefined): Latency | undefined {
  if (values?.count === undefined || values.count === 0) return undefined;
  return {
    count: values.count,
    mean: values.avg ?? 0,
    max: values.max ?? 0,
    quantiles: keptShares.map((share) => [share, values[percentile(share)] ?? 0]),
  };
}

function whyVoid(dropped: number, ended: number): string | undefined {
  if (dropped > 0)
    return `${dropped} requests were due and could not begin, for every virtual user still waited for an answer: what was answered is not what arrived`;
  return ended === 0 ? 'no request ended in this span' : undefined;
}

/** Thresholds of the script that were crossed, as it states them. */
export const crossedThresholds = ({ metrics }: K6Summary): string[] =>
  Object.entries(metrics).flatMap(([name, { thresholds = {} }]) =>
    Object.entries(thresholds).flatMap(([expression, { ok }]) => (ok ? [] : [`${name} ${expression}`])),
  );
