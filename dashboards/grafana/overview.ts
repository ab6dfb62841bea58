import { badAbove, badBelow, type Chart, type ChartRow, type Sheet } from './chart.ts';
import {
  AVAILABILITY,
  availabilityBurn,
  availabilityOver,
  LATENCY_SHARE,
  latencyBurn,
  quickShareOver,
} from './objectives.ts';
import { layers } from './overview-layers.ts';
import { perSecond, total } from './promql.ts';
import * as signals from './signals.ts';

const requests = perSecond(`${signals.REQUESTS}_count`);

const stat = (chart: Omit<Chart, 'kind' | 'width'>): Chart => ({ kind: 'stat', width: 4, ...chart });

const atAGlance: ChartRow = {
  title: 'At a glance',
  charts: [
    stat({
      title: 'Availability',
      description: 'Share of requests without a server error in the chosen time. The objective is 99.9 %.',
      unit: 'percentunit',
      queries: [{ expression: availabilityOver('$__range'), legend: 'availability' }],
      steps: badBelow(AVAILABILITY, 0.99),
      more: 'chatstack-latency',
    }),
    stat({
      title: 'Answered within 250 ms',
      description: 'Share of requests that were answered within 250 ms in the chosen time. The objective is 99 %.',
      unit: 'percentunit',
      queries: [{ expression: quickShareOver('$__range'), legend: 'within 250 ms' }],
      steps: badBelow(LATENCY_SHARE, 0.95),
      more: 'chatstack-latency',
    }),
    stat({
      title: 'Requests',
      description: 'Requests a second to all service pods.',
      unit: 'reqps',
      queries: [{ expression: requests, legend: 'requests' }],
      steps: [{ color: 'blue' }],
      more: 'chatstack-latency',
    }),
    stat({
      title: 'Cache hit ratio',
      description:
        'Share of reads of history that Postgres was not asked for. Below 60 % the cache hardly pays, and Postgres takes the load.',
      unit: 'percentunit',
      queries: [{ expression: signals.cacheHitRatio, legend: 'hit ratio' }],
      steps: badBelow(0.6, 0.3),
      more: 'chatstack-redis',
    }),
    stat({
      title: 'Queue wait',
      description:
        'How long a transaction waits in the slowest pooler for a connection to Postgres, on average. It should be far below 0.5 s.',
      unit: 's',
      queries: [{ expression: `max(${signals.meanQueueWait})`, legend: 'wait' }],
      steps: badAbove(0.1, 0.5),
      more: 'chatstack-pgbouncer',
    }),
    stat({
      title: 'Connections to spare',
      description:
        'Connections that Postgres accepts of ordinary users and that nobody has open. At 0 the next one is refused, whoever it is.',
      unit: 'short',
      queries: [
        { expression: `${signals.acceptedConnections} - ${signals.openConnections}`, legend: 'connections to spare' },
      ],
      steps: badBelow(10, 3),
      more: 'chatstack-database',
    }),
  ],
};

const objectives: ChartRow = {
  title: 'Objectives and the connection budget',
  charts: [
    {
      kind: 'timeseries',
      width: 8,
      title: 'Burn of the error budget',
      description:
        'How many times faster than allowed server errors use up the budget of 0.1 %. At 1 it lasts just as long as it should; at 14.4 over an hour a page is due.',
      unit: 'short',
      queries: availabilityBurn,
      steps: badAbove(1, 14.4),
      more: 'chatstack-latency',
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Burn of the latency budget',
      description:
        'How many times faster than allowed answers that take more than 250 ms use up the budget of 1 %. Read as the burn of errors.',
      unit: 'short',
      queries: latencyBurn,
      steps: badAbove(1, 14.4),
      more: 'chatstack-latency',
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Headroom of the connection budget',
      description:
        'Share of what Postgres, and the poolers for their clients, can take which the plan leaves free once every pool and reserve is full, and what is free at the moment. The plan never goes below 0: a spec that would is refused.',
      unit: 'percentunit',
      queries: [
        {
          expression: `${total('chatstack_budget_headroom_connections', ['layer'])} / ${total('chatstack_budget_limit_connections', ['layer'])}`,
          legend: 'planned, {{layer}}',
        },
        {
          expression: `1 - ${signals.openConnections} / (${signals.acceptedConnections})`,
          legend: 'free at the moment, postgres',
        },
      ],
      max: 1,
      more: 'chatstack-operator',
    },
  ],
};

/** Which layer is slow or failing: traffic, errors, latency and saturation of each, from the users down. */
export const overview: Sheet = {
  uid: 'chatstack-overview',
  title: 'Overview',
  description:
    'Which layer of the stack is slow or failing. Each line of charts is a layer, each column a question: how much, how many errors, how slow, how full. The lowest layer that is out of the ordinary is where to look; the link in the corner of its charts leads on.',
  series: 'up',
  rows: [atAGlance, objectives, ...layers],
};
