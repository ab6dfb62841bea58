import { z } from 'zod';
import { countOf, mostOf, type Series, sumOf } from './exposition.ts';
import type { Probe, Reading } from './probe.ts';
import { createServiceReader } from './service-reader.ts';

const patience = 900; // ms: a round is a second

/** What the service tells of itself; the labels of its Prometheus tell the processes apart. */
const ofService = [
  'cache_requests_total',
  'http_connections',
  'nodejs_eventloop_lag_p99_seconds',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
];

/** What the exporters tell of the others. */
const ofOthers = [
  'pgbouncer_up',
  'pgbouncer_pools_client_maxwait_seconds',
  'pgbouncer_pools_client_waiting_connections',
  'pg_stat_database_numbackends',
  'redis_memory_used_bytes',
];

const SERIES = `{component="service", __name__=~"${ofService.join('|')}"} or {__name__=~"${ofOthers.join('|')}"}`;

const cores = (counter: string): string => `sum by (component) (rate(${counter}[1m]))`;

const CORES = [
  cores('process_cpu_seconds_total{component="service"}'),
  cores('pgbouncer_process_cpu_seconds_total'),
  `${cores('redis_cpu_user_seconds_total')} + ${cores('redis_cpu_sys_seconds_total')}`,
].join(' or ');

/** Why an answer was not had; fetch puts the reason into the cause. */
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error & { readonly cause?: { readonly message?: string } };
  return cause?.message ?? message;
};

const vector = z.object({
  data: z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});

/** Asks a Prometheus for an instant vector, and answers its series as the text format writes them. */
async function ask(url: string, query: string): Promise<Series> {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`, {
    signal: AbortSignal.timeout(patience),
  });
  if (!answer.ok) throw new Error(`status ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
  const parsed = vector.safeParse(await answer.json());
  if (!parsed.success) throw new Error('another answer than a vector of series');
  return new Map(
    parsed.data.data.result.map(({ metric: { __name__: name = '', ...labels }, value: [, value] }) => [
      `${name}{${Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`)}}`,
      Number(value),
    ]),
  );
}

/** The first look at a Prometheus. Throws where it cannot be asked, or knows no service. */
async function askFirst(url: string): Promise<Series> {
  const series = await ask(url, SERIES).catch((error: unknown) => {
    throw new Error(
      `--prometheus-url: expected the Prometheus of a chat stack at ${url}, found none: ${reasonOf(error)}`,
    );
  });
  if (sumOf(series, 'process_start_time_seconds') !== undefined) return series;
  throw new Error(
    `--prometheus-url: expected the Prometheus of a chat stack at ${url}, found one that knows no process of its service; ask for the targets at ${url}/targets`,
  );
}

/**
 * How many processes of the service and of PgBouncer a Prometheus scrapes, by the field of a ChatStack that says so. Throws as
 * `openPrometheusProbe` does.
 */
export async function observeReplicas(url: string): Promise<Record<string, number>> {
  const series = await askFirst(url);
  const processes = { service: 'process_start_time_seconds', pgbouncer: 'pgbouncer_up' };
  return Object.fromEntries(
    Object.entries(processes).flatMap(([component, metric]) => {
      const count = countOf(series, metric);
      return count === 0 ? [] : [[`${component}.replicas`, count]];
    }),
  );
}

/**
 * Asks the Prometheus of one stack for what its service, poolers, Postgres and Redis told at its last scrape, every process included.
 * Throws where it cannot be asked, or knows no service.
 */
export async function openPrometheusProbe(url: string): Promise<Probe> {
  const service = createServiceReader(await askFirst(url));
  return {
    read: async () => {
      const [series, used] = await Promise.all([ask(url, SERIES), ask(url, CORES)]);
      return { ...service.read(series), ...readingOfOthers(series), cores: coresOf(used) };
    },
    restarts: service.restarts,
  };
}

function readingOfOthers(series: Series): Reading {
  const wait = mostOf(series, 'pgbouncer_pools_client_maxwait_seconds');
  const waiting = sumOf(series, 'pgbouncer_pools_client_waiting_connections');
  const backends = sumOf(series, 'pg_stat_database_numbackends');
  const bytes = sumOf(series, 'redis_memory_used_bytes');
  return {
    ...(wait === undefined ? {} : { queueWaitMilliseconds: wait * 1000 }),
    ...(waiting === undefined ? {} : { clientsWaiting: waiting }),
    ...(backends === undefined ? {} : { databaseConnections: backends }),
    ...(bytes === undefined ? {} : { redisBytes: bytes }),
  };
}

const coresOf = (used: Series): Record<string, number> =>
  Object.fromEntries([...used].map(([key, value]) => [/component="([^"]*)"/.exec(key)?.[1] ?? 'others', value]));
