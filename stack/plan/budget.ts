import { monitorConnections } from './monitoring-plan.ts';
import type { Budget, BudgetLine } from './stack-plan.ts';

/** Connections straight to Postgres that are not the poolers'. */
const directConnections = { migration: 2, administration: 3, exporter: monitorConnections } as const;

/** The part of the poolers' client slots the service may plan with; the rest is for administration and reconnecting clients. */
const plannedClientShare = 0.8;

/** Who connects to Postgres. All counts in connections or processes. */
export interface PostgresUse {
  readonly maxConnections: number;
  /** superuser_reserved_connections and reserved_connections together. */
  readonly reservedByPostgres: number;
  readonly poolers: number;
  /** Poolers that run beside the others while a version is replaced. */
  readonly poolerSurge: number;
  /** Of the operator that runs Postgres, to it. */
  readonly ownConnections: number;
  /** Whether postgres_exporter asks it. */
  readonly measured: boolean;
  /** 1 where a pooler looks logins up in Postgres (auth_query), otherwise 0. */
  readonly lookups: 0 | 1;
}

/** Who connects to the poolers. */
export interface ClientUse {
  readonly maxClientConnections: number;
  readonly poolers: number;
  readonly processes: number;
  readonly processSurge: number;
  readonly perService: number;
}

const sum = (limit: number, limitReason: string, lines: readonly BudgetLine[]): Budget => {
  const total = lines.reduce((connections, line) => connections + line.connections, 0);
  return { limit, limitReason, lines, total, headroom: limit - total };
};

const directLines = (use: PostgresUse): readonly BudgetLine[] => [
  {
    name: 'migration',
    connections: directConnections.migration,
    reason: 'the migration connects to Postgres itself: schema changes need session state',
  },
  {
    name: 'administration',
    connections: directConnections.administration,
    reason: 'psql, backups and readiness probes',
  },
  ...(use.measured
    ? [
        {
          name: 'exporter',
          connections: directConnections.exporter,
          reason: 'postgres_exporter keeps one connection and opens another for each scrape',
        },
      ]
    : []),
  ...(use.ownConnections === 0
    ? []
    : [
        {
          name: 'CloudNativePG',
          connections: use.ownConnections,
          reason: 'its instance manager and its metrics exporter ask Postgres itself; replicas take none of these',
        },
      ]),
  {
    name: 'reserved by Postgres',
    connections: use.reservedByPostgres,
    reason: 'superuser_reserved_connections + reserved_connections: not for ordinary users',
  },
];

const poolerLines = (use: PostgresUse, pool: number, reserve: number): readonly BudgetLine[] => {
  const each = pool + reserve + use.lookups;
  const parts = `(${pool} pool + ${reserve} reserve${use.lookups === 1 ? ' + 1 login lookup' : ''})`;
  const running = { name: 'poolers', connections: use.poolers * each, reason: `${use.poolers} × ${parts}` };
  const surge = {
    name: 'pooler surge',
    connections: use.poolerSurge * each,
    reason: `${use.poolerSurge} × ${parts}: a new pooler runs beside the old ones while one is replaced`,
  };
  return use.poolerSurge > 0 ? [running, surge] : [running];
};

/**
 * The connections Postgres must be able to take:
 * Σ over poolers and surge (pool + reserve + lookup) + direct + reserved ≤ max_connections.
 */
export const buildPostgresBudget = (use: PostgresUse, pool: number, reserve: number): Budget =>
  sum(use.maxConnections, 'max_connections of Postgres', [...poolerLines(use, pool, reserve), ...directLines(use)]);

/** Service processes that connect to Postgres themselves. */
export interface DirectUse {
  readonly processes: number;
  readonly processSurge: number;
  /** Connections of poolers that run beside them while the spec turns from one to the other. */
  readonly poolers: number;
}

const turningLine = ({ poolers }: DirectUse): readonly BudgetLine[] =>
  poolers === 0
    ? []
    : [
        {
          name: 'poolers',
          connections: poolers,
          reason: 'kept free: while poolers are switched on or off, processes of both kinds are there',
        },
      ];

/** The same sum where no pooler runs and service processes connect to Postgres themselves. */
export const buildUnpooledBudget = (use: PostgresUse, direct: DirectUse, perService: number): Budget => {
  const { processes, processSurge } = direct;
  const service = {
    name: 'service',
    connections: processes * perService,
    reason: `${processes} ${processes === 1 ? 'process' : 'processes'} × ${perService}: no pooler runs here`,
  };
  const surge = {
    name: 'service surge',
    connections: processSurge * perService,
    reason: `${processSurge} × ${perService}: a new process runs beside the old ones while one is replaced`,
  };
  return sum(use.maxConnections, 'max_connections of Postgres', [
    service,
    ...(processSurge > 0 ? [surge] : []),
    ...turningLine(direct),
    ...directLines(use),
  ]);
};

/** Connections that one service process may have at most where no pooler runs; below 1 when not even a single one is left. */
export const largestProcessShare = (use: PostgresUse, { processes, processSurge, poolers }: DirectUse): number => {
  const others = directLines(use).reduce((connections, line) => connections + line.connections, poolers);
  return Math.floor((use.maxConnections - others) / (processes + processSurge));
};

/** Connections of all poolers, none of which is being replaced. */
export const poolerConnections = (use: PostgresUse, pool: number, reserve: number): number =>
  use.poolers * (pool + reserve + use.lookups);

/** pool + reserve that one pooler may have at most; below 1 when not even a single connection is left. */
export const largestPoolerShare = (use: PostgresUse): number => {
  const direct = directLines(use).reduce((connections, line) => connections + line.connections, 0);
  return Math.floor((use.maxConnections - direct) / (use.poolers + use.poolerSurge)) - use.lookups;
};

/** The connections the poolers must be able to take: Σ service pools ≤ 0.8 × max_client_conn × poolers. */
export const buildClientBudget = (use: ClientUse): Budget =>
  sum(
    clientLimit(use),
    `${plannedClientShare} × max_client_conn ${use.maxClientConnections} × ${use.poolers} poolers`,
    [
      {
        name: 'service',
        connections: use.processes * use.perService,
        reason: `${use.processes} processes × ${use.perService}`,
      },
      ...(use.processSurge > 0
        ? [
            {
              name: 'service surge',
              connections: use.processSurge * use.perService,
              reason: `${use.processSurge} × ${use.perService}: a new process runs beside the old ones while one is replaced`,
            },
          ]
        : []),
    ],
  );

/** How many clients of the poolers may be planned with. */
export const clientLimit = (use: Pick<ClientUse, 'maxClientConnections' | 'poolers'>): number =>
  Math.floor(plannedClientShare * use.maxClientConnections * use.poolers);

/** The sum as one line of text, complete, for a message. */
export const formatBudget = (budget: Budget): string =>
  `${budget.lines.map((line) => `${line.name} ${line.connections} [${line.reason}]`).join(' + ')} = ${budget.total}`;
