import type { Budget, BudgetLine } from './stack-plan.ts';

/** Connections straight to Postgres that are not the poolers'. */
const directConnections = { migration: 2, administration: 5 } as const;

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
    reason: 'psql, backups, exporters and readiness probes',
  },
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

/** The same sum where no pooler runs and one service process connects to Postgres itself. */
export const buildUnpooledBudget = (use: PostgresUse, perService: number): Budget =>
  sum(use.maxConnections, 'max_connections of Postgres', [
    { name: 'service', connections: perService, reason: `1 process × ${perService}: no pooler runs here` },
    ...directLines(use),
  ]);

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
