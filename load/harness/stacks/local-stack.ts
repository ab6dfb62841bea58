import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isOpenToAll, observeUnprivilegedAccount } from '@chatstack/operator/local/account.ts';
import { applyCredentials } from '@chatstack/operator/local/credentials.ts';
import { parseLocalManifest, portVariable } from '@chatstack/operator/local/local-manifest.ts';
import { observePrograms, type Programs } from '@chatstack/operator/local/programs.ts';
import { waitUntilReady } from '@chatstack/operator/local/readiness.ts';
import { runLocal } from '@chatstack/operator/local/run-local.ts';
import { formatFault } from '@chatstack/stack/api/fault.ts';
import type { Ports } from '@chatstack/stack/plan/placement.ts';
import { standardPorts } from '@chatstack/stack/plan/placement.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { Redis } from 'ioredis';
import { parse } from 'yaml';
import { openCpuProbe, treeOf } from '../sampling/cpu-probe.ts';
import { readTreeCpuSeconds } from '../sampling/cpu-time.ts';
import { openDatabaseProbe } from '../sampling/database-probe.ts';
import { openPoolerProbe } from '../sampling/pooler-probe.ts';
import type { Probe } from '../sampling/probe.ts';
import { openRedisProbe } from '../sampling/redis-probe.ts';
import { openServiceProbe } from '../sampling/service-probe.ts';
import { findFreePorts } from './free-ports.ts';
import {
  describeConfiguration,
  type LocalConfigurationName,
  planConfiguration,
  programsLeftOut,
} from './plan-configuration.ts';
import type { Login, Stack } from './stack.ts';

/** Where local stacks come from and keep their state. */
export type LocalSource = {
  readonly checkout: string;
  /** The manifest, relative to the checkout or absolute. */
  readonly manifest: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the states, one below it for each configuration. */
  readonly folder: string;
};

/** A stack of this machine, and how its data are reached past the service. */
export type LocalStack = Stack & { readonly direct: Login; readonly forgetPages: () => Promise<void> };

const readySeconds = 120;

/** The folder for states of load tests: below .cache of the checkout, or where its account can reach it. */
export const stateFolder = (checkout: string): string =>
  observeUnprivilegedAccount() && !isOpenToAll(join(checkout, '.cache'))
    ? '/var/lib/chatstack/load'
    : join(checkout, '.cache/load');

/** The programs of this machine that stacks are made of; copies for the account that runs Postgres are kept with the states. */
export const observeLocalPrograms = (
  env: LocalSource['env'],
  folder: string,
  without: readonly string[] = [],
): Programs =>
  observePrograms({
    ...{ path: env.PATH ?? '/usr/bin:/bin', account: observeUnprivilegedAccount(), without },
    reachable: join(folder, 'programs'),
  });

/** Starts a configuration on free ports as `make run` starts a stack, and resolves when it is ready. */
export async function startLocalStack(name: LocalConfigurationName, source: LocalSource): Promise<LocalStack> {
  const folder = join(source.folder, name);
  mkdirSync(folder, { recursive: true });
  const names = Object.keys(standardPorts) as (keyof Ports)[];
  const free = await findFreePorts(names.length);
  const moved = Object.fromEntries(names.map((purpose, index) => [portVariable(purpose), String(free[index])]));
  const env = {
    ...source.env,
    ...moved,
    CHATSTACK_STATE: folder,
    CHATSTACK_WITHOUT: programsLeftOut[name].join(','),
  };
  const plan = observePlan(name, source, folder, env);
  const output: string[] = [];
  let interrupt: () => void = () => undefined;
  const run = runLocal({
    ...{ checkout: source.checkout, file: source.manifest, env },
    output: { write: (text: string) => void output.push(text) },
    onInterrupt: (listener) => {
      interrupt = listener;
    },
  });
  const failed = run.then((status) => new Error(`the stack ${name} ended with status ${status}:\n${output.join('')}`));
  const configuration = describeConfiguration(name, plan);
  const trouble = await awaitReady(configuration.url, failed);
  if (trouble !== undefined) {
    interrupt();
    await run;
    throw trouble;
  }
  const access = accessOf(plan, folder);
  return {
    configuration,
    failed,
    direct: access.direct,
    pooler: access.pooler,
    forgetPages: () => forgetPages(access.redis),
    openProbes: () => openProbes(plan, access, folder),
    cpuSeconds: () => {
      const used = processesOf(folder).map(({ pid }) => readTreeCpuSeconds(pid));
      return used.includes(undefined) ? undefined : used.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0);
    },
    stop: async () => {
      interrupt();
      await run;
    },
  };
}

function observePlan(
  name: LocalConfigurationName,
  source: LocalSource,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): StackPlan {
  const parsed = parseLocalManifest(parse(readFileSync(resolve(source.checkout, source.manifest), 'utf8')), env);
  if (!parsed.ok) throw new Error(parsed.faults.map(formatFault).join('\n'));
  const without = programsLeftOut[name];
  const programs = observeLocalPrograms(env, folder, without);
  const missing = (['redis', 'pgbouncer'] as const).filter(
    (program) => !without.includes(program) && !programs[program],
  );
  if (missing.length > 0)
    throw new Error(
      `expected the programs of ${name}, found no ${missing.join(' and no ')}; run make setup, or install them`,
    );
  return planConfiguration(name, {
    ...parsed.manifest,
    ...{ folder, pgbouncerVersion: programs.pgbouncer?.version.split('.').slice(0, 2).join('.') },
  });
}

/** Resolves with undefined when the stack serves, with the reason when it ended before or took too long. */
async function awaitReady(url: string, failed: Promise<Error>): Promise<Error | undefined> {
  const gaveUp = new AbortController();
  const isReady = waitUntilReady({ http: `${url}/api/v1/health/ready` }, readySeconds, gaveUp.signal);
  const first = await Promise.race([isReady, failed]);
  gaveUp.abort();
  if (first instanceof Error) return first;
  return first ? undefined : new Error(`expected ${url} to serve within ${readySeconds} s, found that it did not`);
}

type Access = {
  readonly direct: Login;
  readonly pooler: Login | undefined;
  readonly admin: Omit<Login, 'database'> | undefined;
  readonly redis: { readonly host: string; readonly port: number; readonly password: string } | undefined;
};

/** How the servers of a stack are entered, with the passwords of its state. */
function accessOf({ placement, postgres, service }: StackPlan, folder: string): Access {
  const credentials = applyCredentials(folder);
  const user = service.environment.find(({ name }) => name === 'PGUSER');
  const place = ({ host, port }: { host: string; port: number }) => ({ host, port });
  const pooler = placement.pgbouncer.runs ? place(placement.pgbouncer) : undefined;
  return {
    direct: {
      ...{ ...place(placement.postgres), database: postgres.database },
      ...{ user: 'postgres', password: credentials['postgres-password'] },
    },
    pooler: pooler && {
      ...{ ...pooler, database: postgres.database },
      ...{ user: user && 'value' in user ? user.value : '', password: credentials['service-password'] },
    },
    admin: pooler && { ...pooler, user: 'chatstack_admin', password: credentials['pgbouncer-admin-password'] },
    redis: placement.redis.runs ? { ...place(placement.redis), password: credentials['redis-password'] } : undefined,
  };
}

/** Pages of data that were replaced are forgotten; what the process keeps is only what it has been asked for since its start. */
async function forgetPages(redis: Access['redis']): Promise<void> {
  if (redis === undefined) return;
  const client = new Redis({ ...redis });
  await client.flushall();
  client.disconnect();
}

type Started = { readonly pid: number; readonly name: string };

/** The processes that the runner started, as it recorded them. */
const processesOf = (folder: string): Started[] =>
  (JSON.parse(readFileSync(join(folder, 'processes.json'), 'utf8')) as Started[]).filter(
    ({ name }) => !['migrate', 'fixtures'].includes(name),
  );

async function openProbes(plan: StackPlan, access: Access, folder: string): Promise<Probe[]> {
  const { host, metricsPort } = plan.placement.service;
  return [
    openCpuProbe(Object.fromEntries(processesOf(folder).map(({ name, pid }) => [name, treeOf(pid)]))),
    await openServiceProbe(`http://${host}:${metricsPort}/metrics`),
    await openDatabaseProbe(access.direct),
    ...(access.admin ? [openPoolerProbe(access.admin)] : []),
    ...(access.redis ? [openRedisProbe(access.redis)] : []),
  ];
}
