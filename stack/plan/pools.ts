import type { ChatStackSpec } from '../api/chat-stack.ts';
import type { Fault } from '../api/fault.ts';
import {
  buildClientBudget,
  buildPostgresBudget,
  buildUnpooledBudget,
  type ClientUse,
  clientLimit,
  type DirectUse,
  formatBudget,
  largestPoolerShare,
  largestProcessShare,
  type PostgresUse,
  poolerConnections,
} from './budget.ts';
import type { Decision } from './decision.ts';
import type { Budgets, PoolSizes } from './stack-plan.ts';

/**
 * Statements of a chat transaction that wait for the network for one that executes: its connection is taken from BEGIN to COMMIT,
 * four round trips, while Postgres works for about one of them.
 */
const connectionsPerActiveQuery = 4;

/** A pool smaller than this makes a burst queue although Postgres is idle. */
const smallestComputedPool = 10;

const usualMinPool = 10;

/** The most connections one service process is given, whatever there is to share. */
const largestServicePool = 1000;

/** What pool sizes follow from. */
export interface PoolInput {
  readonly asked: Pick<ChatStackSpec['pgbouncer'], 'poolSize' | 'minPoolSize' | 'reservePoolSize'>;
  readonly postgres: PostgresUse;
  readonly clients: Omit<ClientUse, 'perService'>;
  /** Cores of Postgres; undefined for a server that ChatStack does not run. */
  readonly cores: number | undefined;
  /** false: the service connects to Postgres itself. */
  readonly pooled: boolean;
  /** Poolers may be switched on and off while the stack runs. */
  readonly switchable: boolean;
}

/** Pool sizes with the sums they are part of, and what is wrong with them. */
export interface ChosenPools {
  readonly pool: PoolSizes;
  readonly budgets: Budgets;
  readonly decisions: readonly Decision[];
  readonly faults: readonly Fault[];
}

interface Chosen {
  readonly value: number;
  readonly reason: string;
  readonly source: string;
}

const asked = (value: number): Chosen => ({ value, reason: 'set by the author', source: 'spec' });

const clamped = (chosen: Chosen, largest: number, why: string): Chosen =>
  chosen.value <= largest
    ? chosen
    : { ...chosen, value: largest, reason: `${chosen.reason}; held to ${largest}: ${why}` };

/** Connections with which Postgres is never idle: those that execute, and those between two statements. */
const workable = (cores: number): number => (cores * 2 + 1) * connectionsPerActiveQuery;

const computedPool = ({ cores, postgres }: PoolInput, share: number): Chosen => {
  if (cores === undefined)
    return {
      value: Math.max(Math.floor(share / 2), 1),
      reason: `half of the ${share} connections each pooler may have: the cores of an external server are not known`,
      source: "Zalando's postgres-operator: pool = maxDBConnections / 2",
    };
  const total = workable(cores);
  const each = Math.ceil(total / postgres.poolers);
  return {
    value: Math.max(each, smallestComputedPool),
    reason:
      `(${cores} cores × 2 + 1 disk) × ${connectionsPerActiveQuery} connections per active query = ${total}, over ${postgres.poolers} pooler(s)` +
      (each < smallestComputedPool ? `; raised to ${smallestComputedPool} so that a burst does not queue` : ''),
    source: 'PostgreSQL wiki, Number Of Database Connections: active = cores × 2 + effective spindles',
  };
};

const choosePool = (input: PoolInput, share: number): Chosen => {
  if (input.asked.poolSize !== undefined) return asked(input.asked.poolSize);
  const reserve = input.asked.reservePoolSize;
  const largest = Math.max(reserve === undefined ? Math.ceil(share * 0.8) : share - reserve, 1);
  return clamped(computedPool(input, share), largest, `pool and reserve of a pooler may be ${share} together`);
};

const chooseReserve = (input: PoolInput, pool: number, share: number): Chosen => {
  if (input.asked.reservePoolSize !== undefined) return asked(input.asked.reservePoolSize);
  const chosen = {
    value: Math.ceil(pool / 4),
    reason: 'a quarter of the pool, opened once clients waited for a second',
    source: "Zalando's postgres-operator and Canonical's pgbouncer charm: reserve = 1/4",
  };
  return clamped(chosen, Math.max(share - pool, 0), 'the connection budget leaves no more');
};

const chooseMin = (input: PoolInput, pool: number): Chosen => {
  if (input.asked.minPoolSize !== undefined) return asked(input.asked.minPoolSize);
  const usual = {
    value: usualMinPool,
    reason: 'kept open while there are clients, so that a burst meets connections that are ready',
    source: 'ChatStack',
  };
  return clamped(usual, pool, 'the pool is no larger');
};

/** What one process may use of Postgres where there is no pooler: as much as Postgres can work on at once, if that can be had. */
const chooseUnpooled = (input: PoolInput, pool: number, share: number): Chosen => {
  if (input.asked.poolSize !== undefined) return asked(input.asked.poolSize);
  const { processes, processSurge } = input.clients;
  const useful = input.cores === undefined ? share : Math.max(pool, workable(input.cores));
  const chosen = {
    value: useful,
    reason:
      input.cores === undefined
        ? 'all that there is for each: the cores of an external server are not known'
        : 'as many as Postgres can work on at once; no pooler shares them',
    source: 'PostgreSQL wiki, Number Of Database Connections',
  };
  return clamped(
    chosen,
    Math.max(share, 1),
    `max_connections is shared out among ${processes + processSurge} processes`,
  );
};

const choosePerService = (input: PoolInput, needed: number, share: number): Chosen => {
  const { poolers, processes, processSurge } = input.clients;
  const most = {
    value: Math.max(poolers * share, needed),
    reason:
      `${poolers} pooler(s) × ${share}, the most the budget lets their pools grow to: no process is ever the bottleneck, ` +
      'and another pool size restarts none',
    source: 'n8n-io/terraform-aws-n8n#106: a small client pool idles the pooler behind it',
  };
  const slots = Math.floor(clientLimit(input.clients) / (processes + processSurge));
  const held = clamped(
    most,
    Math.max(slots, 1),
    `the poolers take ${clientLimit(input.clients)} clients from ${processes + processSurge} processes`,
  );
  return clamped(held, Math.max(largestServicePool, 1), 'more than one process can make use of');
};

const overPostgres = (input: PoolInput, budgets: Budgets, share: number): readonly Fault[] =>
  budgets.postgres.headroom >= 0
    ? []
    : [
        {
          path: 'spec.pgbouncer.poolSize',
          expected: `at most ${budgets.postgres.limit} connections (${budgets.postgres.limitReason})`,
          found: `${budgets.postgres.total}: ${formatBudget(budgets.postgres)}`,
          remedy:
            share >= 1
              ? `lower poolSize + reservePoolSize to ${share} or less, run fewer than ${input.postgres.poolers} poolers, or raise the limit`
              : `run fewer than ${input.postgres.poolers} poolers, or raise the limit: not one connection is left for each pooler`,
        },
      ];

const overClients = (input: PoolInput, perService: number, needed: number): readonly Fault[] => {
  const budget = buildClientBudget({ ...input.clients, perService: Math.max(perService, needed) });
  return budget.headroom >= 0
    ? []
    : [
        {
          path: 'spec.pgbouncer.maxClientConnections',
          expected: `room for service processes that can each fill every pool (${needed} connections): at most ${budget.limit} (${budget.limitReason})`,
          found: `${budget.total}: ${formatBudget(budget)}`,
          remedy: 'raise maxClientConnections, lower poolSize, or run fewer service processes',
        },
      ];
};

const overPool = (pool: number, min: number): readonly Fault[] =>
  min <= pool
    ? []
    : [
        {
          path: 'spec.pgbouncer.minPoolSize',
          expected: `at most the pool size, ${pool}`,
          found: String(min),
          remedy: 'lower minPoolSize or set a larger poolSize',
        },
      ];

const overProcesses = (budget: Budgets['postgres'], share: number): readonly Fault[] =>
  budget.headroom >= 0
    ? []
    : [
        {
          path: 'spec.pgbouncer.enabled',
          expected: `at most ${budget.limit} connections (${budget.limitReason})`,
          found: `${budget.total}: ${formatBudget(budget)}`,
          remedy:
            share >= 1
              ? `let poolers share the connections (enabled: true), lower poolSize to ${share} or less, run fewer service processes, or raise the limit`
              : 'let poolers share the connections (enabled: true), run fewer service processes, or raise the limit',
        },
      ];

/** Service processes connect to Postgres themselves; what poolers would have is kept free for the time of a switch. */
const chooseWithoutPoolers = (input: PoolInput): ChosenPools => {
  const { processes, processSurge } = input.clients;
  const largest = largestPoolerShare(input.postgres);
  const size = choosePool(input, largest);
  const reserve = chooseReserve(input, size.value, largest);
  const poolers = input.switchable ? poolerConnections(input.postgres, size.value, reserve.value) : 0;
  const direct: DirectUse = { processes, processSurge, poolers };
  const share = largestProcessShare(input.postgres, direct);
  const perService = chooseUnpooled(input, size.value, share);
  const postgres = buildUnpooledBudget(input.postgres, direct, perService.value);
  return {
    pool: {
      size: size.value,
      reserve: reserve.value,
      min: chooseMin(input, size.value).value,
      perService: perService.value,
    },
    budgets: { postgres, clients: buildClientBudget({ ...input.clients, perService: perService.value }) },
    decisions: [{ field: 'service.databasePoolSize', ...perService }],
    faults: overProcesses(postgres, share),
  };
};

/** Chooses the sizes of all pools, or says with the whole sum why they cannot be. */
export const choosePools = (input: PoolInput): ChosenPools => {
  if (!input.pooled) return chooseWithoutPoolers(input);
  const share = largestPoolerShare(input.postgres);
  const size = choosePool(input, share);
  const reserve = chooseReserve(input, size.value, share);
  const min = chooseMin(input, size.value);
  const needed = input.clients.poolers * (size.value + reserve.value);
  const perService = choosePerService(input, needed, share);
  const budgets = {
    postgres: buildPostgresBudget(input.postgres, size.value, reserve.value),
    clients: buildClientBudget({ ...input.clients, perService: perService.value }),
  };
  return {
    pool: { size: size.value, reserve: reserve.value, min: min.value, perService: perService.value },
    budgets,
    decisions: [
      { field: 'pgbouncer.poolSize', ...size },
      { field: 'pgbouncer.reservePoolSize', ...reserve },
      { field: 'pgbouncer.minPoolSize', ...min },
      { field: 'service.databasePoolSize', ...perService },
    ],
    faults: [
      ...overPostgres(input, budgets, share),
      ...overPool(size.value, min.value),
      ...overClients(input, perService.value, needed),
    ],
  };
};
