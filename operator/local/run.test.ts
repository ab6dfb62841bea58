import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { isRunning, observeProcess, type ProcessIdentity } from './process-identity.ts';

const folders: string[] = [];
const runs: Run[] = [];
afterEach(async () => {
  for (const run of runs.splice(0)) await run.interrupt();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const purposes = ['postgres', 'pgbouncer', 'redis', 'service', 'metrics'] as const;

/** Free ports are asked for together, so that no two are the same. */
const freePorts = async (): Promise<Record<(typeof purposes)[number], number>> => {
  const servers = purposes.map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return Object.fromEntries(purposes.map((purpose, index) => [purpose, ports[index] ?? 0])) as never;
};

const newState = async () => {
  const state = mkdtempSync(join(tmpdir(), 'chatstack-run-'));
  chmodSync(state, 0o755);
  folders.push(state);
  const ports = await freePorts();
  const env = Object.fromEntries(purposes.map((each) => [`CHATSTACK_${each.toUpperCase()}_PORT`, `${ports[each]}`]));
  return { state, ports, env: { CHATSTACK_STATE: state, ...env } };
};

type Run = {
  readonly pid: number;
  readonly output: () => string;
  /** Resolves when the stack is ready; rejects when the start ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<number | null>;
  readonly interrupt: () => Promise<number | null>;
};

const startRun = (env: Record<string, string>): Run => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'run.ts')], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      if (text.includes('Ctrl-C stops everything')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then((code) => reject(new Error(`ended with ${code} before it was ready:\n${text}`)));
  });
  ready.catch(() => undefined); // looked at by the tests that expect it
  const interrupt = (): Promise<number | null> => {
    child.kill('SIGINT');
    return ended;
  };
  const run = { pid: child.pid ?? 0, output: () => text, ready, ended, interrupt };
  runs.push(run);
  return run;
};

const readChildren = (state: string): (ProcessIdentity & { name: string })[] =>
  JSON.parse(readFileSync(join(state, 'processes.json'), 'utf8'));

/** Every process of this machine whose command line or working folder has to do with the state folder. */
const processesOf = (state: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || !existsSync(`/proc/${pid}/cmdline`)) return false;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(state);
  });

type History = { messages: { content: string; id: string }[]; fromCache: boolean };
const readHistory = async (port: number): Promise<History> => {
  const query = 'userId=user-1&limit=50';
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/chat/conversations/conv-1/messages?${query}`);
  return (await response.json()) as History;
};

describe('make run', () => {
  test('serves chat, survives a kill -9 with its data, and an interrupt leaves no process', async () => {
    const { state, ports, env } = await newState();
    const first = startRun(env);
    await first.ready;
    for (const name of ['postgres', 'redis', 'pgbouncer', 'migrate', 'fixtures', 'service'])
      expect(first.output()).toMatch(new RegExp(`✓ ${name} .* \\d+\\.\\d s`));
    expect(first.output()).not.toContain('\u001b');
    expect(statSync(join(state, 'credentials.json')).mode & 0o777).toBe(0o600);

    const [readLine, sendLine] = first.output().match(/curl .*/g) ?? [];
    expect(readLine).toContain(`http://127.0.0.1:${ports.service}/`);
    const sent = await runLine(sendLine ?? '');
    expect(sent).toMatchObject({ message: { content: 'Hello' } });
    expect((await readHistory(ports.service)).messages).toHaveLength(11);
    expect((await readHistory(ports.service)).fromCache).toBe(true);
    expect(await runLine(readLine ?? '')).toMatchObject({ messages: { length: 10 } });

    const beside = startRun(env);
    expect(await beside.ended).toBe(1);
    expect(beside.output()).toContain(`found process ${first.pid} running it at http://127.0.0.1:${ports.service}`);

    const before = readChildren(state).filter(({ name }) => !['migrate', 'fixtures'].includes(name));
    const credentials = readFileSync(join(state, 'credentials.json'), 'utf8');
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    expect(before.filter(isRunning).map(({ name }) => name)).toContain('postgres');

    const second = startRun(env);
    await second.ready;
    expect(second.output()).toMatch(/stopped what a killed start had left running: .*postgres/);
    expect(before.filter(isRunning)).toEqual([]);
    expect(readFileSync(join(state, 'credentials.json'), 'utf8')).toBe(credentials);
    expect((await readHistory(ports.service)).messages.map(({ content }) => content)).toContain('Hello');

    const children = readChildren(state);
    expect(await second.interrupt()).toBe(0);
    expect(second.output()).toContain('stopped; the data stay in');
    expect(children.filter(isRunning)).toEqual([]);
    if (process.platform === 'linux') expect(processesOf(state)).toEqual([]);
    expect(existsSync(join(state, 'lock'))).toBe(false);
  });

  test('without Redis and PgBouncer it says so and serves; the death of a process is told with its log and stops the rest', async () => {
    const { state, ports, env } = await newState();
    const run = startRun({ ...env, CHATSTACK_WITHOUT: 'redis,pgbouncer' });
    await run.ready;
    expect(run.output()).toMatch(/– redis .*no cache/);
    expect(run.output()).toMatch(/– pgbouncer .*own connections/);
    await readHistory(ports.service);
    expect(await readHistory(ports.service)).toMatchObject({ fromCache: false, messages: { length: 10 } });

    const children = readChildren(state);
    process.kill(children.find(({ name }) => name === 'postgres')?.pid ?? 0, 'SIGKILL');
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(
      /error: postgres ended by itself \(signal SIGKILL\)\. The end of its log, .*postgres\.log:/,
    );
    expect(run.output()).toContain('| ');
    expect(run.output()).toContain('database system is ready to accept connections');
    expect(children.filter(isRunning)).toEqual([]);
  });

  test('a taken port is told before anything is started, with both ways to choose another', async () => {
    const { state, ports, env } = await newState();
    const occupier = createServer().listen(ports.pgbouncer, '127.0.0.1');
    await once(occupier, 'listening');
    const run = startRun(env);
    expect(await run.ended).toBe(1);
    await once(occupier.close(), 'close');
    expect(run.output()).toContain(
      `expected free ports, found taken: ${ports.pgbouncer} (PgBouncer). Nothing was started.`,
    );
    expect(run.output()).toMatch(/CHATSTACK_PGBOUNCER_PORT=\d+ make run/);
    expect(run.output()).toMatch(/chatstack\.dev\/local-pgbouncer-port: "\d+"/);
    expect(existsSync(join(state, 'postgres'))).toBe(false);
  });

  test('an interrupt during the start stops what has been started', async () => {
    const { state, env } = await newState();
    const run = startRun(env);
    await waitFor(() => run.output().includes('✓ redis'));
    expect(await run.interrupt()).toBe(0);
    expect(run.output()).not.toContain('Ready after');
    if (process.platform === 'linux') expect(processesOf(state)).toEqual([]);
  });
});

describe('the identity of a process', () => {
  test('is that of a running process only, and another process of the same number is not it', () => {
    const self = observeProcess(process.pid);
    expect(self && isRunning(self)).toBe(true);
    expect(isRunning({ pid: process.pid, started: 'long ago' })).toBe(false);
    expect(observeProcess(2 ** 30)).toBeUndefined();
  });
});

/** Runs a printed line in a shell, as the person who reads it does. */
const runLine = async (line: string): Promise<unknown> => {
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  return JSON.parse(text);
};

const waitFor = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
};
