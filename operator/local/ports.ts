import { connect, createServer } from 'node:net';
import type { Ports } from '@chatstack/stack/plan/placement.ts';
import type { ProcessPlan } from '@chatstack/stack/render/processes.ts';
import { portAnnotation, portVariable } from './local-manifest.ts';

/** A port that another program has. */
export type TakenPort = { readonly port: number; readonly purpose: keyof Ports };

const loopback = '127.0.0.1';

/** Whether something accepts connections there. Listening alone would not tell on systems where a wildcard may be shadowed. */
const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: loopback, timeout: 1000 });
    const finish = (found: boolean): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(true));
    socket.once('error', () => finish(false));
  });

const canListen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: loopback, exclusive: true }, () => server.close(() => resolve(true)));
  });

/** The ports of the processes that somebody else has, or that this user may not listen on. */
export const observeTakenPorts = async (processes: readonly ProcessPlan[]): Promise<TakenPort[]> => {
  const wanted = processes.flatMap(({ ports }) => ports);
  const free = await Promise.all(wanted.map(async ({ port }) => !(await answers(port)) && (await canListen(port))));
  return wanted.filter((_, index) => !free[index]);
};

const programNames: { readonly [purpose in keyof Ports]: string } = {
  postgres: 'Postgres',
  pgbouncer: 'PgBouncer',
  redis: 'Redis',
  service: 'the chat service',
  metrics: 'the metrics of the chat service',
};

/** A port that the system does not hand out by itself (as it does from 32768 on Linux and 49152 elsewhere). */
const otherPort = (port: number): number => (port + 10_000 < 32_768 ? port + 10_000 : port - 10_000);

/** What to tell about taken ports: who wants each, how to see who has it, and both ways to choose others. */
export const summarizeTakenPorts = (
  taken: readonly TakenPort[],
  file: string,
): { message: string; details: string } => {
  const list = taken.map(({ port, purpose }) => `${port} (${programNames[purpose]})`).join(', ');
  const variables = taken.map(({ port, purpose }) => `${portVariable(purpose)}=${otherPort(port)}`).join(' ');
  const annotations = taken.map(({ port, purpose }) => `    ${portAnnotation(purpose)}: "${otherPort(port)}"`);
  return {
    message: `expected free ports, found taken: ${list}. Nothing was started.`,
    details: [
      `Who has it:          ss -ltnp 'sport = :${taken[0]?.port}'   (macOS: lsof -i :${taken[0]?.port})`,
      `Other ports, once:   ${variables} make run`,
      `Other ports, always: in ${file}`,
      'metadata:',
      '  annotations:',
      ...annotations,
    ].join('\n'),
  };
};
