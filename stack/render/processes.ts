import type { Ports } from '../plan/placement.ts';
import type { EnvironmentVariable, Files, StackPlan } from '../plan/stack-plan.ts';
import { fixturesCommand } from './fixtures-command.ts';

/** How to know that a process does its work. */
export type Readiness = { readonly tcp: { readonly host: string; readonly port: number } } | { readonly http: string };

/** One process of a stack that runs without containers. */
export interface ProcessPlan {
  readonly name: 'postgres' | 'redis' | 'pgbouncer' | 'migrate' | 'fixtures' | 'service';
  /** `service` runs until it is stopped; `once` ends by itself with status 0. */
  readonly kind: 'service' | 'once';
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly environment: readonly EnvironmentVariable[];
  /** Absolute path → text of what must be there before the start. */
  readonly files: Files;
  /** Absolute folders that must exist and be writable for the process. */
  readonly folders: readonly string[];
  /** true: the program refuses the superuser, who starts it as another user. */
  readonly unprivileged: boolean;
  /** Unset for `once`: its end is what others wait for. */
  readonly readiness?: Readiness;
  /** Names of the processes that must be ready, or have ended well, before. */
  readonly after: readonly ProcessPlan['name'][];
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
  /** Seconds from the signal to a kill. */
  readonly stopSeconds: number;
  /** Loopback ports it is going to listen on. */
  readonly ports: readonly { readonly port: number; readonly purpose: keyof Ports }[];
}

type Program = 'postgres' | 'redis' | 'pgbouncer';

const filesIn = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Postgres stops fast on SIGINT; on SIGTERM it would wait for its clients. PgBouncer likewise leaves at once on SIGINT. */
const stops = {
  postgres: { stopSignal: 'SIGINT', stopSeconds: 30 },
  pgbouncer: { stopSignal: 'SIGINT', stopSeconds: 5 },
  redis: { stopSignal: 'SIGTERM', stopSeconds: 5 },
} as const;

const engine = (
  plan: StackPlan,
  name: Program,
  part: { files: Files; environment: readonly EnvironmentVariable[] },
  folders: readonly string[],
): ProcessPlan => {
  const { host, port, configFolder } = plan.placement[name];
  return {
    name,
    kind: 'service',
    command: ['sh', `${configFolder}/start.sh`],
    environment: part.environment,
    files: filesIn(configFolder, part.files),
    folders,
    unprivileged: true,
    readiness: { tcp: { host, port } },
    after: [],
    ...stops[name],
    ports: [{ port, purpose: name }],
  };
};

const once = (
  name: 'migrate' | 'fixtures',
  command: readonly string[],
  environment: readonly EnvironmentVariable[],
  after: readonly ProcessPlan['name'][],
): ProcessPlan => ({
  ...{ name, kind: 'once', command, environment, after, files: {}, folders: [] },
  ...{ unprivileged: false, stopSignal: 'SIGTERM', stopSeconds: 5, ports: [] },
});

/**
 * Builds the processes of a stack on one machine, in start order; stopping goes the other way round. Programs that the
 * placement says are not installed are left out, as the plan then does without them.
 */
export const renderProcesses = (plan: StackPlan): readonly ProcessPlan[] => {
  const { placement, postgres, pgbouncer, redis, service, migration } = plan;
  const engines: ProcessPlan[] = [];
  if (postgres.mode === 'Managed') engines.push(engine(plan, 'postgres', postgres, [parentOf(postgres.dataFolder)]));
  if (placement.redis.runs && redis.mode === 'Managed')
    engines.push(engine(plan, 'redis', redis, [placement.redis.runFolder]));
  if (placement.pgbouncer.runs) engines.push(engine(plan, 'pgbouncer', pgbouncer, [placement.pgbouncer.runFolder]));
  const running = engines.map(({ name }) => name);
  const { host, port, metricsPort } = placement.service;
  return [
    ...engines,
    once('migrate', migration.command, migration.environment, running.includes('postgres') ? ['postgres'] : []),
    once('fixtures', fixturesCommand, service.environment, [...running, 'migrate']),
    {
      ...{ name: 'service', kind: 'service', command: service.command, environment: service.environment },
      ...{ files: {}, folders: [], unprivileged: false, after: [...running, 'migrate'] },
      readiness: { http: `http://${host}:${port}/api/v1/health/ready` },
      stopSignal: 'SIGTERM',
      stopSeconds: service.terminationGraceSeconds,
      ports: [
        { port, purpose: 'service' },
        { port: metricsPort, purpose: 'metrics' },
      ],
    },
  ];
};
