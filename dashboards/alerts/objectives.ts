import type { Alert, Severity } from './alert.ts';
import type { RecordingRule } from './build-rules.ts';
import { buildBucketMatcher } from './latency-bounds.ts';
import { percent, perStack, type Scope, time } from './scope.ts';

/**
 * Burn rates, after chapter 5 of Google's Site Reliability Workbook: a budget for 30 days burns so many times as fast as it
 * may, both over a long window, so that it matters, and over a short one, so that it goes on.
 *
 *   14.4 over 1 h: 2 % of the budget is gone      3 over 1 d: 10 %
 *    6   over 6 h: 5 %                            1 over 3 d: 10 %
 */
const burns: readonly { rate: number; long: string; short?: string; severity: Severity; for: string; lasts: string }[] =
  [
    { rate: 14.4, long: '1h', severity: 'critical', for: '2m', lasts: '50 hours' },
    {
      rate: 6,
      long: '6h',
      short: '30m',
      severity: 'critical',
      for: '15m',
      lasts: '5 days',
    },
    { rate: 3, long: '1d', short: '2h', severity: 'warning', for: '1h', lasts: '10 days' },
    {
      rate: 1,
      long: '3d',
      short: '6h',
      severity: 'warning',
      for: '3h',
      lasts: '30 days',
    },
  ];

/** How often the rules of objectives are evaluated, in seconds: what the sums over time below count by. */
export const objectiveSeconds = 60;

const ratioWindows = ['30m', '1h', '2h', '6h', '1d', '3d'];

/** Probes of the kubelet are no requests of users, and always quick. */
export const userRequests = 'route!~"(/api/v1)?/health.*"';

/** The names of the recorded series, which carry the window that rates were taken over. */
const names = ({ window }: Scope) => ({
  requests: `stack:http_requests:rate${window}`,
  failed: `stack:http_requests_failed:rate${window}`,
  slow: `stack:http_requests_slow:rate${window}`,
  failedRatio: (over: string) => `stack:http_requests_failed:ratio_rate${over}`,
  slowRatio: (over: string) => `stack:http_requests_slow:ratio_rate${over}`,
});

/**
 * Requests, failed and slow ones a second, and their ratios over all windows. Long windows add the recorded rates up in place of
 * reading days of histograms at each evaluation; as the rates are recorded at even intervals, the ratio of the sums is that of the counts.
 */
export const buildObjectiveRecords = (scope: Scope): readonly RecordingRule[] => {
  const { series, window, input } = scope;
  const { requests, failed, slow, failedRatio, slowRatio } = names(scope);
  const count = (matchers: string) =>
    `sum ${perStack} (rate(${series('http_request_duration_seconds_count', `${userRequests}${matchers}`)}[${window}]))`;
  const inTime = series(
    'http_request_duration_seconds_bucket',
    `${userRequests},status!~"5..",${buildBucketMatcher(input.slo.latencySeconds)}`,
  );
  const sum = (metric: string, over: string) => `sum_over_time(${series(metric)}[${over}])`;
  return [
    { record: requests, expr: count('') },
    { record: failed, expr: `${count(',status=~"5.."')} or 0 * ${series(requests)}` },
    { record: slow, expr: `${count(',status!~"5.."')} - sum ${perStack} (rate(${inTime}[${window}]))` },
    { record: failedRatio(window), expr: `${series(failed)} / ${series(requests)}` },
    { record: slowRatio(window), expr: `${series(slow)} / (${series(requests)} - ${series(failed)})` },
    ...ratioWindows.flatMap((over) => [
      { record: failedRatio(over), expr: `${sum(failed, over)} / ${sum(requests, over)}` },
      { record: slowRatio(over), expr: `${sum(slow, over)} / (${sum(requests, over)} - ${sum(failed, over)})` },
    ]),
  ];
};

interface Objective {
  readonly name: string;
  readonly budget: number;
  readonly ratio: (over: string) => string;
  /** Series of the bad requests a second. */
  readonly bad: string;
  readonly what: string;
  readonly verb: string;
  readonly summary: string;
}

const buildBurnAlerts = (scope: Scope, objective: Objective): readonly Alert[] =>
  burns.map(({ rate, long, short = scope.window, severity, for: pending, lasts }) => {
    const limit = `${rate} * ${objective.budget}`;
    const { leastBadRequests } = scope.thresholds;
    const bad = `sum_over_time(${scope.series(objective.bad)}[${long}]) * ${objectiveSeconds}`;
    return {
      name: objective.name,
      severity,
      component: 'service',
      labels: { window: long },
      for: pending,
      expression: [
        `${scope.series(objective.ratio(long))} > ${limit}`,
        `and ${scope.series(objective.ratio(short))} > ${limit}`,
        `and ${bad} >= ${leastBadRequests}`,
      ].join('\n'),
      summary: objective.summary,
      description: `{{ $value | humanizePercentage }} of the requests of the last ${long} ${objective.verb}, where ${percent(objective.budget)} may: the budget of 30 days lasts no longer than ${lasts}.`,
      when: `share of requests that ${objective.what}, over ${long} and over ${short}; ${leastBadRequests} such or more within ${long}`,
      threshold: `> ${rate} × ${percent(objective.budget)}`,
    };
  });

/** 1 - a share, without the digits that binary fractions add: 0.001, not 0.0010000000000000009. */
export const remainder = (share: number): number => Number((1 - share).toPrecision(6));

/** Alerts on the objectives of the service: how fast the budget of failed, and that of slow requests, is used up. */
export const buildObjectiveAlerts = (scope: Scope): readonly Alert[] => {
  const { failed, slow, failedRatio, slowRatio } = names(scope);
  const { availability, latencySeconds, latencyShare } = scope.input.slo;
  return [
    ...buildBurnAlerts(scope, {
      name: 'ChatStackErrorBudgetBurn',
      budget: remainder(availability),
      ratio: failedRatio,
      bad: failed,
      what: 'are answered 5xx',
      verb: 'failed',
      summary: 'Requests fail so often that the objective will be missed',
    }),
    ...buildBurnAlerts(scope, {
      name: 'ChatStackLatencyBudgetBurn',
      budget: remainder(latencyShare),
      ratio: slowRatio,
      bad: slow,
      what: `are answered, but not 5xx, after more than ${time(latencySeconds)}`,
      verb: `took longer than ${time(latencySeconds)}`,
      summary: 'Requests are slow so often that the objective will be missed',
    }),
  ];
};
