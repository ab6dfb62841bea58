import { quantity, toBytes } from '../quantity/quantity.ts';
import type { Decision } from './decision.ts';

/** What the parameters of Postgres follow from. */
export interface ParameterInput {
  /** The memory request, a Kubernetes quantity: what is certain to be there. */
  readonly memory: string;
  readonly storageSize: string;
  readonly maxConnections: number;
  /** Whether an exporter asks it. */
  readonly monitored: boolean;
}

const mebibyte = 1024 ** 2;

const megabytes = (bytes: number, least: number, most: number): string =>
  `${Math.min(Math.max(Math.floor(bytes / mebibyte), least), most)}MB`;

type Rule = readonly [name: string, value: string, reason: string, source: string];

const documentation = (page: string): string => `PostgreSQL documentation, ${page}`;

const memoryRules = ({ memory, maxConnections }: ParameterInput): readonly Rule[] => {
  const bytes = toBytes(quantity(memory));
  return [
    [
      'shared_buffers',
      megabytes(bytes / 4, 16, 1_000_000),
      `a quarter of the ${memory} of memory`,
      documentation('Resource Consumption: 25% of memory'),
    ],
    [
      'effective_cache_size',
      megabytes((bytes * 3) / 4, 32, 1_000_000),
      `three quarters of the ${memory} of memory are the server's and the kernel's cache`,
      'PostgreSQL wiki, Tuning Your PostgreSQL Server',
    ],
    [
      'work_mem',
      megabytes((bytes * 3) / 4 / (maxConnections * 2), 4, 64),
      `the other three quarters over ${maxConnections} connections with two sorts each; 4MB to 64MB`,
      'PostgreSQL wiki, Tuning Your PostgreSQL Server',
    ],
    [
      'maintenance_work_mem',
      megabytes(bytes / 16, 32, 1024),
      `a sixteenth of the ${memory} of memory, for three vacuums at once; 32MB to 1024MB`,
      documentation('Resource Consumption'),
    ],
  ];
};

const storageRules = ({ storageSize }: ParameterInput): readonly Rule[] => {
  const bytes = toBytes(quantity(storageSize));
  const share = (part: string, why: string) => `${part} of the ${storageSize} volume: ${why}`;
  return [
    [
      'max_wal_size',
      megabytes(bytes / 10, 128, 16_384),
      share('a tenth', 'the log never fills it'),
      documentation('WAL Configuration'),
    ],
    [
      'min_wal_size',
      megabytes(bytes / 40, 64, 4096),
      share('a fortieth', 'segments up to this are used again'),
      documentation('WAL Configuration'),
    ],
  ];
};

const fixedRules: readonly Rule[] = [
  ['superuser_reserved_connections', '3', 'a way in when all others are taken', documentation('Connections')],
  ['password_encryption', 'scram-sha-256', 'the only method pg_hba.conf admits', documentation('Authentication')],
  ['wal_compression', 'on', 'full-page images shrink: less disk traffic after a checkpoint', documentation('WAL')],
  ['checkpoint_completion_target', '0.9', 'checkpoints spread over their interval', documentation('WAL')],
  ['random_page_cost', '1.1', 'volumes are SSDs: a random read costs what a sequential one does', 'PostgreSQL wiki'],
  ['jit', 'off', 'chat queries are shorter than the time it takes to compile them', documentation('JIT: When to JIT?')],
  [
    'max_parallel_workers_per_gather',
    '0',
    'many short queries at once use the cores already',
    documentation('Parallel Query'),
  ],
  [
    'huge_pages',
    'off',
    'a container without a share of huge pages is killed when it touches one',
    'docker-library/postgres#451',
  ],
  [
    'autovacuum_vacuum_insert_scale_factor',
    '0.05',
    'messages are mostly inserted: the visibility map that index-only scans need stays fresh',
    documentation('Automatic Vacuuming'),
  ],
  [
    'autovacuum_analyze_scale_factor',
    '0.02',
    'statistics follow a growing table',
    documentation('Automatic Vacuuming'),
  ],
  [
    'idle_in_transaction_session_timeout',
    '60s',
    'the transaction of a client that vanished holds back vacuum no longer than this',
    documentation('Client Connection Defaults'),
  ],
  [
    'lock_timeout',
    '10s',
    'whoever waits longer for a lock fails and says so',
    documentation('Client Connection Defaults'),
  ],
  ['client_connection_check_interval', '5s', 'a query whose client is gone ends', documentation('Connections')],
  ['tcp_keepalives_idle', '30', 'a vanished pooler is noticed within a minute', documentation('Connections')],
  ['tcp_keepalives_interval', '10', 'asked again this often, in seconds', documentation('Connections')],
  ['tcp_keepalives_count', '3', 'given up after so many questions', documentation('Connections')],
  ['log_min_duration_statement', '1s', 'slow statements are worth a line, others are not', documentation('Logging')],
  ['log_parameter_max_length', '0', 'the values of a slow statement are what people write', documentation('Logging')],
  [
    'log_parameter_max_length_on_error',
    '0',
    'the values of a statement that fails are what people write',
    documentation('Logging'),
  ],
  ['log_lock_waits', 'on', 'a wait of a second for a lock is worth a line', documentation('Logging')],
  ['log_line_prefix', '%m [%p] %q%u@%d ', 'time, process, and who', documentation('Logging')],
  ['log_timezone', 'UTC', 'one time zone in every log', documentation('Logging')],
  ['timezone', 'UTC', 'one time zone in every session', documentation('Client Connection Defaults')],
  ['datestyle', 'ISO, MDY', 'the form clients parse', documentation('Client Connection Defaults')],
  [
    'default_text_search_config',
    'pg_catalog.simple',
    'messages come in any language',
    documentation('Full Text Search'),
  ],
];

const measuringRules: readonly Rule[] = [
  [
    'shared_preload_libraries',
    'pg_stat_statements',
    'how long statements take, by their text without values',
    documentation('pg_stat_statements'),
  ],
  ['track_io_timing', 'on', 'how long reads and writes of the volume take', documentation('Run-time Statistics')],
];

const limits = ({ maxConnections }: ParameterInput): Rule => [
  'max_connections',
  String(maxConnections),
  'the limit of the connection budget',
  'table of sizes',
];

/** Parameters of postgresql.conf with the author's over the computed ones, and why each has its value. */
export const buildPostgresParameters = (
  input: ParameterInput,
  asked: { readonly [name: string]: string },
): { readonly parameters: { readonly [name: string]: string }; readonly decisions: readonly Decision[] } => {
  const rules = [
    limits(input),
    ...memoryRules(input),
    ...storageRules(input),
    ...fixedRules,
    ...(input.monitored ? measuringRules : []),
  ];
  const computed = rules
    .filter(([name]) => !(name in asked))
    .map(([name, value, reason, source]) => ({ field: `postgres.parameters.${name}`, value, reason, source }));
  const own = Object.entries(asked).map(([name, value]) => ({
    field: `postgres.parameters.${name}`,
    value,
    reason: 'set by the author',
    source: 'spec',
  }));
  const decisions = [...computed, ...own];
  const parameters = decisions.map(({ field, value }) => [field.slice('postgres.parameters.'.length), value]);
  return { parameters: Object.fromEntries(parameters), decisions };
};
