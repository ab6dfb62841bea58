import type { AlertCase } from './alert-case.ts';

const answered = (status: number, each: number) => ({
  [`http_request_duration_seconds_count{$,method="GET",route="/api/v1/chat",status="${status}"}`]: `0+${each}x300`,
});

const inTime = (each: number, bound = '0.25') => ({
  [`http_request_duration_seconds_bucket{$,method="GET",route="/api/v1/chat",status="200",le="${bound}"}`]: `0+${each}x300`,
});

/** Requests a minute of which some fail. */
const failing = (good: number, bad: number) => ({ ...answered(200, good), ...inTime(good), ...answered(503, bad) });

/** Requests a minute of which some are slow. */
const slow = (quick: number, late: number) => ({ ...answered(200, quick + late), ...inTime(quick) });

const burning = (window: string, description: string, severity: 'critical' | 'warning') => [
  { severity, labels: { window }, description },
];

/** Of the alerts on objectives. */
export const objectiveCases: readonly AlertCase[] = [
  {
    alert: 'ChatStackErrorBudgetBurn',
    when: 'when 2 % of the requests fail for ten minutes',
    series: failing(980, 20),
    minutes: 10,
    fires: burning(
      '1h',
      '2% of the requests of the last 1h failed, where 0.1% may: the budget of 30 days lasts no longer than 50 hours.',
      'critical',
    ),
  },
  {
    alert: 'ChatStackErrorBudgetBurn',
    when: 'when 1 % of the requests fail for 20 minutes',
    series: failing(990, 10),
    minutes: 20,
    fires: burning(
      '6h',
      '1% of the requests of the last 6h failed, where 0.1% may: the budget of 30 days lasts no longer than 5 days.',
      'critical',
    ),
  },
  {
    alert: 'ChatStackErrorBudgetBurn',
    when: 'when 0.4 % of the requests fail for more than an hour',
    series: failing(996, 4),
    minutes: 70,
    fires: burning(
      '1d',
      '0.4% of the requests of the last 1d failed, where 0.1% may: the budget of 30 days lasts no longer than 10 days.',
      'warning',
    ),
  },
  {
    alert: 'ChatStackErrorBudgetBurn',
    when: 'when 0.2 % of the requests fail for more than three hours',
    series: failing(998, 2),
    minutes: 200,
    fires: burning(
      '3d',
      '0.2% of the requests of the last 3d failed, where 0.1% may: the budget of 30 days lasts no longer than 30 days.',
      'warning',
    ),
  },
  {
    alert: 'ChatStackErrorBudgetBurn',
    when: 'while 0.05 % of the requests fail, as they may',
    series: failing(9995, 5),
    minutes: 200,
    fires: [],
  },
  {
    alert: 'ChatStackErrorBudgetBurn',
    when: 'when half of ten requests fail, and no more come',
    series: {
      'http_request_duration_seconds_count{$,route="/api/v1/chat",status="200"}': '0 1 2 3 4 5x20',
      'http_request_duration_seconds_count{$,route="/api/v1/chat",status="503"}': '0 1 2 3 4 5x20',
    },
    minutes: 8,
    fires: [],
  },
  {
    alert: 'ChatStackErrorBudgetBurn',
    when: 'when all requests failed, but no longer do',
    series: {
      'http_request_duration_seconds_count{$,route="/api/v1/chat",status="200"}': '0x20 600+600x60',
      'http_request_duration_seconds_count{$,route="/api/v1/chat",status="503"}': '0+600x20 12000x60',
    },
    minutes: 55,
    fires: [],
  },
  {
    alert: 'ChatStackErrorBudgetBurn',
    when: 'when only probes of a process that is not ready fail',
    series: {
      ...failing(1000, 0),
      'http_request_duration_seconds_count{$,method="GET",route="/health/ready",status="503"}': '0+600x300',
    },
    minutes: 30,
    fires: [],
  },
  {
    alert: 'ChatStackLatencyBudgetBurn',
    when: 'when 20 % of the requests are slow for ten minutes',
    series: slow(800, 200),
    minutes: 10,
    fires: burning(
      '1h',
      '20% of the requests of the last 1h took longer than 250 ms, where 1% may: the budget of 30 days lasts no longer than 50 hours.',
      'critical',
    ),
  },
  {
    alert: 'ChatStackLatencyBudgetBurn',
    when: 'when 10 % of the requests are slow for 20 minutes',
    series: slow(900, 100),
    minutes: 20,
    fires: burning(
      '6h',
      '10% of the requests of the last 6h took longer than 250 ms, where 1% may: the budget of 30 days lasts no longer than 5 days.',
      'critical',
    ),
  },
  {
    alert: 'ChatStackLatencyBudgetBurn',
    when: 'when 4 % of the requests are slow for more than an hour',
    series: slow(960, 40),
    minutes: 70,
    fires: burning(
      '1d',
      '4% of the requests of the last 1d took longer than 250 ms, where 1% may: the budget of 30 days lasts no longer than 10 days.',
      'warning',
    ),
  },
  {
    alert: 'ChatStackLatencyBudgetBurn',
    when: 'when 2 % of the requests are slow for more than three hours',
    series: slow(980, 20),
    minutes: 200,
    fires: burning(
      '3d',
      '2% of the requests of the last 3d took longer than 250 ms, where 1% may: the budget of 30 days lasts no longer than 30 days.',
      'warning',
    ),
  },
  {
    alert: 'ChatStackLatencyBudgetBurn',
    when: 'while 0.5 % of the requests are slow, as they may be',
    series: slow(995, 5),
    minutes: 200,
    fires: [],
  },
  {
    alert: 'ChatStackLatencyBudgetBurn',
    when: 'when requests fail at once: that is the other objective',
    series: failing(500, 500),
    minutes: 20,
    fires: [],
  },
  ...['1', '1.0'].map((bound) => ({
    alert: 'ChatStackLatencyBudgetBurn',
    when: `when a quarter takes longer than the second that is the objective, whose bucket is stored as le="${bound}"`,
    series: { ...answered(200, 1000), ...inTime(750, bound) },
    minutes: 10,
    input: { slo: { availability: 0.999, latencySeconds: 1, latencyShare: 0.99 } } as const,
    fires: burning(
      '1h',
      '25% of the requests of the last 1h took longer than 1 s, where 1% may: the budget of 30 days lasts no longer than 50 hours.',
      'critical',
    ),
  })),
  {
    alert: 'ChatStackLatencyBudgetBurn',
    when: 'when all requests are in the second that is the objective',
    series: { ...answered(200, 1000), ...inTime(1000, '1.0') },
    minutes: 10,
    input: { slo: { availability: 0.999, latencySeconds: 1, latencyShare: 0.99 } },
    fires: [],
  },
];
