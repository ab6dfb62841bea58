import { formatResources } from './resources.ts';
import type { Budget, RedisPlan, StackPlan } from './stack-plan.ts';

type Row = readonly string[];

const widthOf = (rows: readonly Row[], column: number): number =>
  Math.max(...rows.map((row) => (row[column] ?? '').length));

/** Lays rows out in columns; numbers in the columns named are set flush right. */
const layOut = (rows: readonly Row[], right: readonly number[] = []): string =>
  rows
    .map((row) =>
      row
        .map((text, column) => {
          const width = widthOf(rows, column);
          return right.includes(column) ? text.padStart(width) : text.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n');

const explainBudget = (title: string, budget: Budget): string => {
  const verdict = budget.headroom >= 0 ? `${budget.headroom} to spare` : `${-budget.headroom} too many`;
  const rows = [
    ...budget.lines.map(({ name, connections, reason }) => [name, String(connections), reason]),
    ['total', String(budget.total), `of ${budget.limit} (${budget.limitReason}): ${verdict}`],
  ];
  return `${title}\n${layOut(rows, [1])}`;
};

const explainRedis = (redis: RedisPlan): Row =>
  redis.mode === 'External'
    ? ['redis', '-', `external: ${redis.host}:${redis.port}`, '']
    : [
        'redis',
        redis.mode === 'Opstree' ? String(redis.instances) : '1',
        redis.image,
        formatResources(redis.resources),
      ];

const explainProcesses = ({ postgres, pgbouncer, redis, service, migration, placement }: StackPlan): string => {
  const rows: Row[] = [
    ['service', String(service.replicas), service.image, formatResources(service.resources)],
    ...(placement.pgbouncer.runs
      ? [['pgbouncer', String(pgbouncer.replicas), pgbouncer.image, formatResources(pgbouncer.resources)]]
      : []),
    postgres.mode === 'Managed'
      ? ['postgres', '1', postgres.image, formatResources(postgres.resources)]
      : postgres.mode === 'CloudNativePG'
        ? ['postgres', String(postgres.instances), postgres.image, formatResources(postgres.resources)]
        : ['postgres', '-', `external: ${postgres.host}:${postgres.port}/${postgres.database}`, ''],
    ...(placement.redis.runs ? [explainRedis(redis)] : []),
    ['migration', '1', migration.image, formatResources(migration.resources)],
  ];
  return `Processes\n${layOut(rows, [1])}`;
};

const explainDecisions = ({ decisions }: StackPlan): string => {
  const heads = layOut(decisions.map(({ field, value }) => [field, String(value)])).split('\n');
  return `Decisions\n${decisions
    .map(({ reason, source }, index) => `${heads[index]}\n      ${reason}\n      [${source}]`)
    .join('\n')}`;
};

/** Explains a plan to a person: what runs, both connection budgets with every summand, and each number with its reason and source. */
export const explainPlan = (plan: StackPlan): string =>
  `${[
    `ChatStack ${plan.name}, size ${plan.size} (${plan.placement.kind})`,
    explainProcesses(plan),
    explainBudget('Connections to Postgres', plan.budgets.postgres),
    ...(plan.placement.pgbouncer.runs ? [explainBudget('Connections to the poolers', plan.budgets.clients)] : []),
    explainDecisions(plan),
  ].join('\n\n')}\n`;
