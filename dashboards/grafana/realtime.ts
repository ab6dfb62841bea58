import { badAbove, type ChartRow, type Sheet } from './chart.ts';
import { perSecond, quantile, select, total } from './promql.ts';
import { eventLoopUse, REQUESTS } from './signals.ts';

const byInstance = '{{instance}}';
const sends = perSecond(`${REQUESTS}_count`, [], 'method="POST"', 'route=~".*/messages"', 'status=~"2.."');

const glance: ChartRow = {
  title: 'At a glance',
  charts: [
    {
      kind: 'stat',
      width: 6,
      title: 'Open WebSockets',
      description: 'Open WebSockets of all processes together.',
      unit: 'short',
      queries: [{ expression: total('realtime_connections'), legend: 'WebSockets' }],
      steps: [{ color: 'blue' }],
    },
    {
      kind: 'stat',
      width: 6,
      title: 'Subscriptions',
      description: 'Conversations that WebSockets follow, each counted once for each WebSocket.',
      unit: 'short',
      queries: [{ expression: total('realtime_subscriptions'), legend: 'subscriptions' }],
      steps: [{ color: 'blue' }],
    },
    {
      kind: 'stat',
      width: 6,
      title: 'Deliveries',
      description: 'Frames a second that were written to WebSockets.',
      unit: 'ops',
      queries: [{ expression: perSecond('realtime_deliveries_total'), legend: 'deliveries' }],
      steps: [{ color: 'blue' }],
    },
    {
      kind: 'stat',
      width: 6,
      title: 'Oldest change not announced',
      description:
        'Age of the oldest committed change that subscribers were not told of; 0 as long as none is older than 1 s.',
      unit: 's',
      queries: [{ expression: `max(${select('outbox_oldest_seconds')})`, legend: 'oldest' }],
      steps: badAbove(2, 10),
    },
  ],
};

const connections: ChartRow = {
  title: 'Connections',
  charts: [
    {
      kind: 'timeseries',
      width: 6,
      title: 'WebSockets by process',
      description:
        'A roll-out moves them from the old processes to the new ones, which should have about the same then.',
      unit: 'short',
      queries: [{ expression: total('realtime_connections', ['instance']), legend: byInstance }],
      isStacked: true,
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Subscriptions by process',
      description: 'Conversations that the WebSockets of each process follow.',
      unit: 'short',
      queries: [{ expression: total('realtime_subscriptions', ['instance']), legend: byInstance }],
      isStacked: true,
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Closed by code',
      description:
        'WebSockets a second that were closed, by code. 1000 and 1001: the client left; 1012 and 3000 upwards: see the close codes in docs/reference/realtime.md.',
      unit: 'ops',
      queries: [{ expression: `${perSecond('realtime_closes_total', ['code'])} > 0`, legend: '{{code}}' }],
      ifAbsent: 'none was closed',
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Refused for want of room',
      description:
        'Connections a second, those of plain requests among them, that a process refused with 503 because it had as many as its memory has room for (MAX_CONNECTIONS). Anything above 0 is bad: add replicas, or memory.',
      unit: 'ops',
      queries: [{ expression: perSecond('http_connections_refused_total', ['instance']), legend: byInstance }],
    },
  ],
};

const delivery: ChartRow = {
  title: 'Delivery',
  charts: [
    {
      kind: 'timeseries',
      width: 8,
      title: 'Deliveries by kind',
      description:
        'Frames a second: events, which are told once and in order, and news such as typing, which may be lost.',
      unit: 'ops',
      queries: [{ expression: perSecond('realtime_deliveries_total', ['kind']), legend: '{{kind}}' }],
      isStacked: true,
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Followers of a send',
      description:
        'Events written for each message that was sent: how many WebSockets follow a conversation on average.',
      unit: 'short',
      queries: [
        {
          expression: `${perSecond('realtime_deliveries_total', [], 'kind="event"')} / ${sends}`,
          legend: 'events a send',
        },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Catch-ups by result',
      description:
        'Catch-ups a second. current: nothing was missed; recovered: told from Postgres; unrecovered: it was more than a catch-up tells, the client reads anew.',
      unit: 'ops',
      queries: [{ expression: perSecond('realtime_catch_ups_total', ['result']), legend: '{{result}}' }],
    },
  ],
};

const path: ChartRow = {
  title: 'The way of a change to its followers',
  charts: [
    {
      kind: 'timeseries',
      width: 6,
      title: 'Oldest change not announced',
      description:
        'Age of the oldest committed change that was not announced. It grows while Redis or all relays are away.',
      unit: 's',
      queries: [{ expression: total('outbox_oldest_seconds', ['instance']), legend: byInstance }],
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Announced for others',
      description:
        'Changes a second that a process announced for one that had not: it died, or could not reach Redis. 0 is usual.',
      unit: 'ops',
      queries: [{ expression: perSecond('outbox_relayed_total', ['instance']), legend: byInstance }],
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Time to send a message',
      description:
        'From the arrival of a send to its answer, by which time Redis and this process have told its followers.',
      unit: 's',
      queries: [0.5, 0.99].map((share) => ({
        expression: quantile(share, REQUESTS, [], 'method="POST"', 'route=~".*/messages"'),
        legend: `p${share * 100}`,
      })),
    },
    {
      kind: 'timeseries',
      width: 6,
      title: 'Event loop use',
      description: 'Share of one core that each process works. Many followers make many frames.',
      unit: 'percentunit',
      queries: [{ expression: eventLoopUse, legend: byInstance }],
      max: 1,
      steps: badAbove(0.8, 0.95),
    },
  ],
};

/** Whether those who are connected are told what happens, at once and completely. */
export const realtime: Sheet = {
  uid: 'chatstack-realtime',
  title: 'Realtime',
  description: 'Whether those who are connected are told what happens, at once and completely.',
  series: 'up',
  rows: [glance, connections, delivery, path],
};
