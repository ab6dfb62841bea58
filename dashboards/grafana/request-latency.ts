import { badAbove, badBelow, type ChartRow, type Sheet } from './chart.ts';
import { LATENCY_SECONDS, LATENCY_SHARE } from './objectives.ts';
import { orNone, perSecond, quantile, quantileLines, rateOf, select } from './promql.ts';
import { eventLoopUse, REQUESTS } from './signals.ts';

const ROUTE = 'route=~"$route"';
const byRoute = ['method', 'route'];
const route = '{{method}} {{route}}';
const counted = perSecond(`${REQUESTS}_count`, [], ROUTE);

const ofRoutes = perSecond(`${REQUESTS}_count`, byRoute, ROUTE);
/** Leaves routes out that nobody asks at the time: they have no latency. */
const ifAsked = (expression: string): string => `${expression} and on (method, route) ${ofRoutes} > 0`;

/** Seconds of a histogram that fall on each request. */
const perRequest = (histogram: string): string =>
  `${perSecond(`${histogram}_sum`)} / ${perSecond(`${REQUESTS}_count`)}`;

const all: ChartRow = {
  title: 'All requests',
  charts: [
    {
      kind: 'heatmap',
      width: 16,
      title: 'Requests by latency',
      description:
        'How many requests a second took how long. Two bands are usual: answers from the cache, and from Postgres. A band that moves up is a layer that got slower; exemplars lead to single traces where tracing is on and Prometheus keeps them.',
      unit: 's',
      queries: [{ expression: perSecond(`${REQUESTS}_bucket`, ['le'], ROUTE), legend: '{{le}}' }],
      hasExemplars: true,
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Latency',
      description: 'Time from the arrival of a request to the end of its answer: what half, 95 % and 99 % stay below.',
      unit: 's',
      queries: quantileLines(REQUESTS, ROUTE),
      hasExemplars: true,
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Requests by status',
      description: 'Requests a second by status. 4xx are mistakes of clients, 5xx are ours.',
      unit: 'reqps',
      queries: [{ expression: perSecond(`${REQUESTS}_count`, ['status'], ROUTE), legend: '{{status}}' }],
      isStacked: true,
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Server errors',
      description: 'Share of requests with a 5xx status. The objective allows 0.1 %.',
      unit: 'percentunit',
      queries: [
        {
          expression: `${orNone(perSecond(`${REQUESTS}_count`, [], ROUTE, 'status=~"5.."'), counted)} / ${counted}`,
          legend: 'server errors',
        },
      ],
      steps: badAbove(0.001, 0.01),
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Slower than the objective',
      description: 'Share of requests that took more than 250 ms. The objective allows 1 %.',
      unit: 'percentunit',
      queries: [
        {
          expression: `1 - ${perSecond(`${REQUESTS}_bucket`, [], ROUTE, `le="${LATENCY_SECONDS}"`)} / ${counted}`,
          legend: 'slower than 250 ms',
        },
      ],
      steps: badAbove(0.01, 0.05),
    },
  ],
};

const routes: ChartRow = {
  title: 'By route',
  charts: [
    {
      kind: 'timeseries',
      width: 12,
      title: 'p99 by route',
      description:
        'What 99 % of the requests of each route stay below. "unmatched" is everything that no route answers.',
      unit: 's',
      queries: [{ expression: quantile(0.99, REQUESTS, byRoute, ROUTE), legend: route }],
    },
    {
      kind: 'bargauge',
      width: 12,
      title: 'Answered within 250 ms, by route',
      description: 'Share of the requests of each route within the objective of 250 ms, at the end of the chosen time.',
      unit: 'percentunit',
      queries: [
        {
          expression: ifAsked(
            `${perSecond(`${REQUESTS}_bucket`, byRoute, ROUTE, `le="${LATENCY_SECONDS}"`)} / ${ofRoutes}`,
          ),
          legend: route,
        },
      ],
      max: 1,
      steps: badBelow(LATENCY_SHARE, 0.95),
    },
    {
      kind: 'table',
      width: 24,
      title: 'Routes',
      description: 'Each route at the end of the chosen time: how often it is asked, how slow and how wrong it is.',
      unit: 's',
      queries: [
        { expression: `${ofRoutes} > 0`, legend: 'requests', unit: 'reqps' },
        ...[0.5, 0.95, 0.99].map((share) => ({
          expression: ifAsked(quantile(share, REQUESTS, byRoute, ROUTE)),
          legend: `p${share * 100}`,
        })),
        {
          expression: ifAsked(
            `${orNone(perSecond(`${REQUESTS}_count`, byRoute, ROUTE, 'status=~"5.."'), ofRoutes)} / ${ofRoutes}`,
          ),
          legend: 'server errors',
          unit: 'percentunit',
        },
      ],
    },
  ],
};

const inside: ChartRow = {
  title: 'Where the time of a request goes',
  charts: [
    {
      kind: 'timeseries',
      width: 12,
      title: 'Time of a request by layer',
      description:
        'Mean time of a request, and the time that the process spent on each layer for it. What works in the background or side by side counts too, so that the parts may add up to more than the whole.',
      unit: 's',
      queries: [
        { expression: perRequest(REQUESTS), legend: 'whole request' },
        { expression: perRequest('db_pool_acquire_seconds'), legend: 'wait for a connection of the process' },
        { expression: perRequest('db_statement_duration_seconds'), legend: 'statements (PgBouncer and Postgres)' },
        { expression: perRequest('redis_command_duration_seconds'), legend: 'commands of Redis' },
      ],
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Event loop delay',
      description:
        'For how long work that is ready waits for the one thread of each process, p99. It adds to every request.',
      unit: 's',
      queries: [
        { expression: select('nodejs_eventloop_lag_p99_seconds', 'component="service"'), legend: '{{instance}}' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Event loop use',
      description: 'Share of one core that each process works.',
      unit: 'percentunit',
      queries: [{ expression: eventLoopUse, legend: '{{instance}}' }],
      max: 1,
      steps: badAbove(0.8, 0.95),
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Garbage collection',
      description:
        'Share of time that each process spends on garbage, by kind of collection. Major ones pause requests.',
      unit: 'percentunit',
      queries: [
        {
          expression: `sum by (kind) (${rateOf(select('nodejs_gc_duration_seconds_sum', 'component="service"'))})`,
          legend: '{{kind}}',
        },
      ],
      isStacked: true,
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Memory',
      description: 'Resident memory by process. It grows with pages kept in the process up to its limit, then stays.',
      unit: 'bytes',
      queries: [{ expression: select('process_resident_memory_bytes', 'component="service"'), legend: '{{instance}}' }],
    },
  ],
};

/** Which requests are slow, and on which layer their time is spent. */
export const requestLatency: Sheet = {
  uid: 'chatstack-latency',
  title: 'Request latency',
  description: 'Which requests are slow or fail, by route, and on which layer their time is spent.',
  series: `${REQUESTS}_count`,
  variables: [{ label: 'route', title: 'Route' }],
  rows: [all, routes, inside],
};
