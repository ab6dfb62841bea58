import { badAbove, badBelow, type ChartRow, type Sheet } from './chart.ts';
import { aggregate, orNone, perSecond, quantile, rateOf, select, total } from './promql.ts';
import { acceptedConnections, blockHitRatio, DATABASES, meanStatementTime, openConnections } from './signals.ts';

const STATEMENT = ['queryid', 'datname', 'user'];
const TOP = 10;

const statementRate = (metric: string) => perSecond(`pg_stat_statements_${metric}_total`, STATEMENT);
const topStatements = `topk(${TOP}, ${statementRate('seconds')})`;
const TEXTS = aggregate('max', ['queryid', 'query'], select('pg_stat_statements_query_id'));
/** Texts are series of their own, where the exporter tells them (include_query); a statement without one is shown by its id. */
const withText = (expression: string): string =>
  `(${expression}) * on (queryid) group_left (query) ${TEXTS} or (${expression}) unless on (queryid) ${TEXTS}`;
const ofTop = (expression: string): string => `${expression} and on (queryid, datname, user) ${topStatements}`;

const glance: ChartRow = {
  title: 'At a glance',
  charts: [
    {
      kind: 'stat',
      width: 4,
      title: 'Postgres',
      description: 'Whether Postgres answers the exporter.',
      unit: 'short',
      queries: [{ expression: `min(${select('pg_up')})`, legend: 'Postgres' }],
      steps: [{ color: 'red' }, { color: 'green', from: 1 }],
      words: { '0': 'down', '1': 'up' },
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Connections to spare',
      description: 'Connections that Postgres accepts of ordinary users and that nobody has open.',
      unit: 'short',
      queries: [{ expression: `${acceptedConnections} - ${openConnections}`, legend: 'to spare' }],
      steps: badBelow(10, 3),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Found in memory',
      description:
        'Share of blocks that Postgres found in its own memory. Below 98 % it lacks memory for what is in use.',
      unit: 'percentunit',
      queries: [{ expression: blockHitRatio, legend: 'in memory' }],
      steps: badBelow(0.98, 0.9),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Mean time of a statement',
      description: 'Time within Postgres, over all statements.',
      unit: 's',
      queries: [{ expression: meanStatementTime, legend: 'mean' }],
      steps: badAbove(0.05, 0.25),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Longest transaction',
      description: 'Age of the oldest transaction that is open. An old one keeps dead rows from being removed.',
      unit: 's',
      queries: [
        {
          expression: `max(${select('pg_stat_activity_max_tx_duration', DATABASES)})`,
          legend: 'longest',
        },
      ],
      steps: badAbove(60, 300),
    },
    {
      kind: 'stat',
      width: 4,
      title: 'Size of the databases',
      description: 'Bytes of all databases on disk, without the write-ahead log.',
      unit: 'bytes',
      queries: [{ expression: total('pg_database_size_bytes', [], DATABASES), legend: 'size' }],
      steps: [{ color: 'blue' }],
    },
  ],
};

const statements: ChartRow = {
  title: 'Statements',
  charts: [
    {
      kind: 'table',
      width: 24,
      title: 'Statements that take most of the time',
      description: `The ${TOP} statements on which Postgres spends most time at the end of the chosen time. Values are left out of texts. Seconds a second are cores: 0.5 keeps half a core busy.`,
      unit: 's',
      hidden: ['datname', 'user'],
      queries: [
        { expression: withText(topStatements), legend: 'time a second' },
        { expression: withText(ofTop(statementRate('calls'))), legend: 'calls a second', unit: 'ops' },
        {
          expression: withText(ofTop(`${statementRate('seconds')} / ${statementRate('calls')}`)),
          legend: 'mean time',
        },
        {
          expression: withText(ofTop(`${statementRate('rows')} / ${statementRate('calls')}`)),
          legend: 'rows a call',
          unit: 'short',
        },
      ],
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Statements of the service',
      description: 'Statements a second by kind: reads, writes, and BEGIN, COMMIT and ROLLBACK.',
      unit: 'ops',
      queries: [{ expression: perSecond('db_statement_duration_seconds_count', ['kind']), legend: '{{kind}}' }],
      isStacked: true,
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Time of a statement, p95',
      description: 'What 95 % of the statements of the service stay below, by kind, with the way there and the pooler.',
      unit: 's',
      queries: [{ expression: quantile(0.95, 'db_statement_duration_seconds', ['kind']), legend: '{{kind}}' }],
    },
  ],
};

const connections: ChartRow = {
  title: 'Connections and their budget',
  charts: [
    {
      kind: 'timeseries',
      width: 12,
      title: 'Connections against the budget',
      description:
        'Open connections below what the plan counts with, below what Postgres accepts of ordinary users. Open ones above the plan belong to somebody whom the plan does not know.',
      unit: 'short',
      queries: [
        { expression: openConnections, legend: 'open' },
        { expression: total('chatstack_budget_connections', [], 'layer="postgres"'), legend: 'planned' },
        { expression: acceptedConnections, legend: 'accepted' },
      ],
    },
    {
      kind: 'timeseries',
      width: 12,
      title: 'Connections by state',
      description:
        'What open connections do. "idle in transaction" keeps locks and a pooled connection without using them.',
      unit: 'short',
      queries: [
        { expression: total('pg_stat_activity_count', ['state'], DATABASES, 'state!="disabled"'), legend: '{{state}}' },
      ],
      isStacked: true,
    },
  ],
};

const locks: ChartRow = {
  title: 'Locks and conflicts',
  charts: [
    {
      kind: 'timeseries',
      width: 8,
      title: 'Locks',
      description: 'Locks held or waited for, by mode. Exclusive ones of tables appear while the schema changes.',
      unit: 'short',
      queries: [{ expression: total('pg_locks_count', ['mode'], DATABASES), legend: '{{mode}}' }],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Sessions that wait for a lock',
      description:
        'Sessions that wait for what another one holds. Sends to one conversation wait for each other, for a moment.',
      unit: 'short',
      queries: [
        {
          expression: orNone(
            total('pg_stat_activity_count', [], DATABASES, 'wait_event_type="Lock"'),
            total('pg_stat_activity_count', [], DATABASES),
          ),
          legend: 'waiting',
        },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Deadlocks and rollbacks',
      description:
        'Transactions a second that were rolled back, and deadlocks, which roll one back each. No deadlock is usual.',
      unit: 'ops',
      queries: [
        { expression: perSecond('pg_stat_database_xact_rollback', [], DATABASES), legend: 'rolled back' },
        { expression: perSecond('pg_stat_database_deadlocks', [], DATABASES), legend: 'deadlocks' },
      ],
    },
  ],
};

const storage: ChartRow = {
  title: 'Memory and disk',
  charts: [
    {
      kind: 'timeseries',
      width: 8,
      title: 'Found in memory',
      description: 'Share of blocks that Postgres found in its own memory, by database.',
      unit: 'percentunit',
      queries: [
        {
          expression: `${perSecond('pg_stat_database_blks_hit', ['datname'], DATABASES)} / (${perSecond('pg_stat_database_blks_hit', ['datname'], DATABASES)} + ${perSecond('pg_stat_database_blks_read', ['datname'], DATABASES)})`,
          legend: '{{datname}}',
        },
      ],
      max: 1,
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Rows',
      description: 'Rows a second that were returned to queries, inserted, updated and deleted.',
      unit: 'ops',
      queries: ['fetched', 'inserted', 'updated', 'deleted'].map((verb) => ({
        expression: perSecond(`pg_stat_database_tup_${verb}`, [], DATABASES),
        legend: verb,
      })),
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Written to temporary files',
      description:
        'Bytes a second that sorts and joins wrote to disk because work_mem was too small for them. 70 kB/s are usual: the operator asks Postgres for room by such a file.',
      unit: 'Bps',
      queries: [{ expression: perSecond('pg_stat_database_temp_bytes', [], DATABASES), legend: 'temporary files' }],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Databases and write-ahead log',
      description: 'Bytes on disk. The log grows up to max_wal_size, and beyond while something keeps it.',
      unit: 'bytes',
      queries: [
        { expression: total('pg_database_size_bytes', ['datname'], DATABASES), legend: '{{datname}}' },
        { expression: total('pg_wal_size_bytes'), legend: 'write-ahead log' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Dead rows',
      description:
        'Rows that were deleted or replaced and not yet removed by autovacuum, in the five tables with most of them.',
      unit: 'short',
      queries: [
        { expression: `topk(5, ${total('pg_stat_user_tables_n_dead_tup', ['relname'])})`, legend: '{{relname}}' },
      ],
    },
    {
      kind: 'timeseries',
      width: 8,
      title: 'Tables that are read from end to end',
      description:
        'Scans of whole tables a second, in the five tables with most of them. Many of a large table want an index.',
      unit: 'ops',
      queries: [
        {
          expression: `topk(5, ${aggregate('sum', ['relname'], rateOf(select('pg_stat_user_tables_seq_scan')))})`,
          legend: '{{relname}}',
        },
      ],
    },
  ],
};

/** What Postgres spends its time on, and what it is short of. */
export const databaseQueries: Sheet = {
  uid: 'chatstack-database',
  title: 'Database queries',
  description:
    'Which statements take the time of Postgres, who waits for locks, and whether connections, memory and disk suffice.',
  series: 'up',
  rows: [glance, statements, connections, locks, storage],
};
