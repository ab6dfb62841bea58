import { Counter, Gauge, type Registry } from 'prom-client';
import { CLOSE_CODES } from './close-codes.ts';

/**
 * How a catch-up ended: `current` needed no read, `recovered` told all that was missed, `unrecovered` told that something was
 * missed, `refused` is for who takes no part, `failed` found the database away.
 */
export type CatchUpResult = (typeof CATCH_UP_RESULTS)[number];

const CATCH_UP_RESULTS = ['current', 'recovered', 'unrecovered', 'refused', 'failed'] as const;

/** What is observed at each scrape. */
export type RealtimeObserver = { readonly connections: number; readonly subscriptions: number };

/** The metrics of sockets. */
export type RealtimeMetrics = {
  countDeliveries(kind: 'event' | 'news', count: number): void;
  countCatchUp(result: CatchUpResult): void;
  countClose(code: number): void;
};

// Codes of the WebSocket protocol itself that clients, libraries and networks close with; any other is "other".
const PROTOCOL_CODES = [1000, 1001, 1002, 1005, 1006, 1007, 1008, 1009, 1011];

/** Makes the metrics in a registry. */
export function createRealtimeMetrics(registry: Registry, observe: () => RealtimeObserver): RealtimeMetrics {
  const registers = [registry];
  const gauge = (name: keyof RealtimeObserver, help: string) =>
    new Gauge({
      name: `realtime_${name}`,
      help,
      registers,
      collect() {
        this.set(observe()[name]);
      },
    });
  gauge('connections', 'Open WebSockets.');
  gauge('subscriptions', 'Conversations that WebSockets follow, each counted once for each socket.');
  const deliveries = new Counter({
    name: 'realtime_deliveries_total',
    help: 'Frames for followers of a conversation that were written to sockets: events, or news such as typing.',
    labelNames: ['kind'],
    registers,
  });
  const catchUps = new Counter({
    name: 'realtime_catch_ups_total',
    help: 'Catch-ups of sockets and of whole conversations: current, recovered, unrecovered, refused, failed.',
    labelNames: ['result'],
    registers,
  });
  const closes = new Counter({
    name: 'realtime_closes_total',
    help: 'Closed WebSockets by code; those that neither the service nor the protocol knows are "other".',
    labelNames: ['code'],
    registers,
  });
  const known = new Set([...PROTOCOL_CODES, ...Object.values(CLOSE_CODES).map(({ code }) => code)]);
  for (const result of CATCH_UP_RESULTS) catchUps.inc({ result }, 0); // a series that begins at 1 shows no increase
  for (const { code } of Object.values(CLOSE_CODES)) closes.inc({ code: String(code) }, 0);
  const series = { event: deliveries.labels({ kind: 'event' }), news: deliveries.labels({ kind: 'news' }) };
  return {
    countDeliveries: (kind, count) => series[kind].inc(count),
    countCatchUp: (result) => catchUps.inc({ result }),
    countClose: (code) => closes.inc({ code: known.has(code) ? String(code) : 'other' }),
  };
}
