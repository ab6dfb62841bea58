import { mean, orNone, perSecond, rateOf, select, total } from './promql.ts';

/** The histogram of all requests. */
export const REQUESTS = 'http_request_duration_seconds';
/** Pools of the application, without that of PgBouncer's own console. */
export const CHAT_POOL = 'database!="pgbouncer"';
/** The same, where the exporter calls that label `name`. */
export const CHAT_DATABASE = 'name!="pgbouncer"';
/** Databases that hold something, without those that new ones are copied from. */
export const DATABASES = 'datname!~"template.*"';

const misses = perSecond('cache_requests_total', [], 'cache="history"', 'result="miss"');
const hits = orNone(perSecond('cache_requests_total', [], 'result="hit"'), misses);

/** As /health/cache tells it: a page within the process is a hit, and a read that misses there is asked of Redis. */
export const cacheHitRatio = `${hits} / (${hits} + ${misses})`;

/** How long a transaction waits for a connection to Postgres on average, by pooler, in seconds. */
export const meanQueueWait = mean(
  'pgbouncer_stats_totals_client_wait_seconds_total',
  'pgbouncer_stats_totals_sql_transactions_pooled_total',
  ['instance'],
  CHAT_POOL,
);

const poolSize = total('pgbouncer_databases_pool_size', ['instance'], CHAT_DATABASE);
const toldReserve = total('pgbouncer_databases_reserve_pool', ['instance'], CHAT_DATABASE);
const plannedReserve = `max(${select('chatstack_pool_reserve_connections')})`;

/**
 * Connections that each pooler may open: its pool and its reserve. Exporters up to 0.12 do not tell the reserve of PgBouncer 1.24 and
 * newer, whose column has another name; the operator's plan has it then, and else the pool counts alone.
 */
export const poolLimit = `(${poolSize} + ${toldReserve} or ${poolSize} + on () group_left () ${plannedReserve} or ${poolSize})`;

/** Share of the connections that a pooler may open which work for a client, by pooler. */
export const poolUse = `${total('pgbouncer_pools_server_active_connections', ['instance'], CHAT_POOL)} / ${poolLimit}`;

/** Open connections to Postgres. */
export const openConnections = total('pg_stat_database_numbackends');

/** Connections that Postgres keeps for superusers and roles of its choice; the second setting is there since version 16. */
const reserved = `sum(${select('pg_settings_superuser_reserved_connections')} or ${select('pg_settings_reserved_connections')})`;

/** Connections that Postgres accepts of ordinary users. */
export const acceptedConnections = `${total('pg_settings_max_connections')} - ${reserved}`;

/** Mean time of a statement within Postgres, in seconds. */
export const meanStatementTime = mean('pg_stat_statements_seconds_total', 'pg_stat_statements_calls_total');

/** Share of the blocks that Postgres found in its own memory. */
export const blockHitRatio = `${perSecond('pg_stat_database_blks_hit', [], DATABASES)} / (${perSecond('pg_stat_database_blks_hit', [], DATABASES)} + ${perSecond('pg_stat_database_blks_read', [], DATABASES)})`;

/** Share of one core that the event loop of each service process works. */
export const eventLoopUse = `sum by (instance) (${rateOf(select('nodejs_eventloop_active_seconds_total', 'component="service"'))})`;
