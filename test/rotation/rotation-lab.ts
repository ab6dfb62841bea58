import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { localPlacement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import type { Files, StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import pg from 'pg';
import { createFolder, giveFolder, reachableFolder, unprivilegedAccount } from '../engines/account.ts';
import { type EngineProcess, startEngine } from '../engines/engine-process.ts';
import { findFreePort } from '../engines/free-port.ts';
import { findPostgres, requireProgram } from '../engines/programs.ts';

/** Variables of the start scripts, as the Secret of a stack gives them to what starts. */
export type Credentials = Readonly<Record<string, string>>;

/** A Postgres, a Redis and as many poolers as are started, by the scripts and files of a plan. */
export type RotationLab = {
  readonly plan: StackPlan;
  readonly ports: { readonly postgres: number; readonly redis: number };
  startPostgres(credentials: Credentials): Promise<EngineProcess>;
  startRedis(credentials: Credentials): Promise<EngineProcess>;
  /** Starts another pooler, on a port of its own. */
  startPooler(credentials: Credentials): Promise<{ readonly port: number; readonly process: EngineProcess }>;
  /** Logs in, and runs a statement. */
  ask(port: number, user: string, password: string, sql: string, database?: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
};

const spec = { pgbouncer: { poolSize: 4, minPoolSize: 2, reservePoolSize: 1 } };

/** Makes the folders of a stack; nothing runs yet. */
export async function openRotationLab(): Promise<RotationLab> {
  const account = unprivilegedAccount();
  const folder = createFolder('chatstack-rotation', account);
  const { folder: installed, version } = findPostgres();
  const binaries = join(reachableFolder(installed, `chatstack-postgres-${version}`, account), 'bin');
  const programs = [requireProgram('pgbouncer'), requireProgram('redis-server')].map((each) => dirname(each));
  const path = [binaries, ...programs, process.env.PATH].join(':');
  const [postgres, redis] = [await findFreePort(), await findFreePort()];
  const planOf = (place: string, pgbouncer: number): StackPlan => {
    const parsed = parseChatStackSpec(spec);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    const ports = { postgres, redis, pgbouncer, service: 1, metrics: 1 };
    const machine = { folder: place, ports, pgbouncerVersion: '1.18', redisInstalled: true };
    const planned = planStack({
      ...{ name: 'acme', spec: parsed.spec, images: defaultImages },
      placement: localPlacement(machine),
    });
    if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
    return planned.plan;
  };
  const plan = planOf(folder, 1);
  const running: EngineProcess[] = [];
  const start = async (home: string, files: Files, ready: RegExp, credentials: Credentials) => {
    for (const name of ['config', 'run']) mkdirSync(join(home, name), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(home, 'config', name), text);
    giveFolder(home, account);
    const args = [join(home, 'config/start.sh')];
    const engine = await startEngine({ program: 'sh', args, ready, account, env: { PATH: path, ...credentials } });
    running.push(engine);
    return engine;
  };
  let poolers = 0;
  return {
    plan,
    ports: { postgres, redis },
    startPostgres: (credentials) => {
      if (plan.postgres.mode !== 'Managed') throw new Error('expected a managed Postgres');
      return start(join(folder, 'postgres'), plan.postgres.files, /ready to accept connections/, credentials);
    },
    startRedis: (credentials) =>
      start(join(folder, 'redis'), plan.redis.files, /Ready to accept connections/, credentials),
    startPooler: async (credentials) => {
      const port = await findFreePort();
      poolers += 1;
      const place = join(folder, `pooler-${poolers}`);
      const { files } = planOf(place, port).pgbouncer;
      return { port, process: await start(join(place, 'pgbouncer'), files, /process up/, credentials) };
    },
    ask: async (port, user, password, sql, database = 'chatstack') => {
      const client = new pg.Client({ host: '127.0.0.1', port, user, password, database });
      await client.connect();
      try {
        return (await client.query(sql)).rows;
      } finally {
        await client.end();
      }
    },
    close: async () => {
      await Promise.all(running.map((each) => each.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
