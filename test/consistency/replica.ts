import { join } from 'node:path';
import { type EngineProcess, startEngine } from '../engines/engine-process.ts';

/** The service in a process of its own. */
export type Replica = {
  /** Where it listens; another one after each start. */
  readonly port: number;
  readonly url: string;
  /** Where its metrics are; another one after each start. */
  readonly metricsPort: number;
  /** Ends the process by SIGKILL. */
  kill(): Promise<void>;
  /** Freezes the process by SIGSTOP. */
  suspend(): void;
  resume(): void;
  /** Starts a new process, and resolves when that is ready. */
  start(): Promise<void>;
  /** Ends it in order, by SIGTERM. */
  stop(): Promise<void>;
  log(): string;
};

const MAIN = join(import.meta.dirname, '../../service/main.ts');

/** Starts a replica with an environment and resolves when it is ready. */
export async function startReplica(environment: Readonly<Record<string, string | undefined>>): Promise<Replica> {
  const env = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
  const spawn = () => startEngine({ program: process.execPath, args: [MAIN], ready: /"msg":"ready"/, env });
  let engine: EngineProcess = await spawn();
  let { port, metricsPort } = readPorts(engine);
  return {
    get port() {
      return port;
    },
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get metricsPort() {
      return metricsPort;
    },
    kill: () => engine.kill(),
    suspend: () => engine.suspend(),
    resume: () => engine.resume(),
    start: async () => {
      engine = await spawn();
      ({ port, metricsPort } = readPorts(engine));
    },
    stop: () => engine.stop(),
    log: () => engine.log(),
  };
}

function readPorts(engine: EngineProcess): { port: number; metricsPort: number } {
  const line = engine
    .log()
    .split('\n')
    .find((text) => text.includes('"msg":"listening"'));
  return JSON.parse(line ?? '{}') as { port: number; metricsPort: number };
}
