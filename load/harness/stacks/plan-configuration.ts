import type { ChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { formatFault } from '@chatstack/stack/api/fault.ts';
import { formatBudget } from '@chatstack/stack/plan/budget.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { localPlacement, type Ports } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { ConfigurationName } from '../../results/load-run.ts';
import type { Configuration } from './stack.ts';

/** A configuration that this machine can run. */
export type LocalConfigurationName = Exclude<ConfigurationName, 'given'>;

/** Programs that a configuration does without, as CHATSTACK_WITHOUT names them. */
export const programsLeftOut: Readonly<Record<LocalConfigurationName, readonly ('redis' | 'pgbouncer')[]>> = {
  baseline: ['redis', 'pgbouncer'],
  pooling: ['redis'],
  'full-stack': [],
};

const descriptions: Readonly<Record<LocalConfigurationName, string>> = {
  baseline: 'the service connects to Postgres itself; no cache',
  pooling: 'the service connects through PgBouncer; no cache',
  'full-stack': 'the service connects through PgBouncer, and pages are cached in the process and in Redis',
};

/** What a configuration is planned from. */
export type PlanSource = {
  readonly name: string;
  readonly spec: ChatStackSpec;
  readonly folder: string;
  readonly ports: Ports;
  readonly pgbouncerVersion: string | undefined;
};

/** The plan of a configuration, as the runner of this machine computes it. Throws where the manifest cannot be planned. */
export function planConfiguration(configuration: LocalConfigurationName, source: PlanSource): StackPlan {
  const leftOut = programsLeftOut[configuration];
  const { folder, ports, pgbouncerVersion } = source;
  const placement = localPlacement({
    folder,
    ports,
    redisInstalled: !leftOut.includes('redis'),
    pgbouncerVersion: leftOut.includes('pgbouncer') ? undefined : pgbouncerVersion,
  });
  const planned = planStack({ name: source.name, spec: source.spec, placement, images: defaultImages });
  if (!planned.ok) throw new Error(planned.faults.map(formatFault).join('\n'));
  return planned.plan;
}

/** Connections to Postgres that carry requests of the service: of the pooler's pool, else of its own. */
export const requestConnections = ({ placement, pool }: StackPlan): number =>
  placement.pgbouncer.runs ? pool.size + pool.reserve : pool.perService;

/** What the raw data say of a configuration. */
export function describeConfiguration(name: LocalConfigurationName, plan: StackPlan): Configuration {
  const { host, port } = plan.placement.service;
  const fields = plan.decisions.flatMap(({ field, value }) => (typeof value === 'boolean' ? [] : [[field, value]]));
  return {
    name,
    description: `${descriptions[name]}. Connections to Postgres: ${formatBudget(plan.budgets.postgres)}`,
    url: `http://${host}:${port}`,
    databaseConnections: requestConnections(plan),
    fields: Object.fromEntries(fields),
  };
}

/** Throws unless all may open as many connections to Postgres for requests: with more, one would win by its budget. */
export function requireEqualBudgets(configurations: readonly Configuration[]): void {
  const [first] = configurations;
  if (configurations.every(({ databaseConnections }) => databaseConnections === first?.databaseConnections)) return;
  const found = configurations.map(({ name, databaseConnections }) => `${name} ${databaseConnections}`).join(', ');
  throw new Error(
    `expected an equal number of connections to Postgres in each configuration, found ${found}; set spec.pgbouncer.poolSize and reservePoolSize: 0`,
  );
}
