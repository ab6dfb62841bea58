import { rmSync } from 'node:fs';
import { createFolder } from './account.ts';
import { type EngineProcess, startEngine } from './engine-process.ts';
import { startOnFreePort } from './free-port.ts';
import { requireProgram } from './programs.ts';

/** How a Redis for tests differs from an empty one without persistence. */
export type RedisOptions = {
  /** More arguments of redis-server, such as `['--maxmemory', '2mb']`. */
  readonly args?: readonly string[];
  /** Clients must give this password; it is part of `url`. */
  readonly password?: string;
  /** Another program that speaks the same arguments, for instance valkey-server. */
  readonly program?: string;
};

/** A running Redis on 127.0.0.1. */
export type RedisEngine = {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  log(): string;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
  /** Ends it as a crash would; `restart` brings it back, empty. */
  kill(): Promise<void>;
  suspend(): void;
  resume(): void;
  /** Starts it again on the same port, after stopping it where it runs. */
  restart(): Promise<void>;
};

/** Starts a Redis on a free port and resolves when it accepts connections. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisEngine> {
  const program = options.program ?? requireProgram('redis-server');
  const folder = createFolder('chatstack-redis', undefined);
  const password = options.password === undefined ? [] : ['--requirepass', options.password];
  const start = (port: number) =>
    startEngine({
      program,
      args: ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
        .concat(password)
        .concat(options.args ?? []),
      ready: /Ready to accept connections/,
      folder,
    });
  let engine: EngineProcess;
  const { port, first } = await startOnFreePort(async (port) => ({ port, first: await start(port) })).catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  engine = first;
  const login = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
  return {
    host: '127.0.0.1',
    port,
    url: `redis://${login}127.0.0.1:${port}`,
    get pid() {
      return engine.pid;
    },
    log: () => engine.log(),
    stop: async () => {
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => engine.kill(),
    suspend: () => engine.suspend(),
    resume: () => engine.resume(),
    restart: async () => {
      await engine.stop();
      engine = await start(port);
    },
  };
}
