import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterEach, describe, expect, test } from '@jest/globals';

const program = new URL('./main.ts', import.meta.url).pathname;
const customResource = new URL('../charts/chatstack-operator/crds/chatstacks.yaml', import.meta.url).pathname;

/** A running operator whose log is read line by line. */
class Operator {
  readonly process: ChildProcess;
  output = '';
  #woken = Promise.withResolvers<void>();

  constructor(args: readonly string[], env: Record<string, string>) {
    this.process = spawn(process.execPath, [program, ...args], { env: { PATH: process.env.PATH ?? '', ...env } });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.#woken.resolve();
        this.#woken = Promise.withResolvers<void>();
      });
    }
    this.process.on('exit', () => this.#woken.resolve());
  }

  /** Resolves with the line that matches; rejects when the process ends without it. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.output.split('\n').find((each) => pattern.test(each));
      if (found !== undefined) return found;
      if (this.process.exitCode !== null) throw new Error(`expected ${pattern}, found ${this.output}`);
      await this.#woken.promise;
    }
  }

  async ended(): Promise<number | null> {
    if (this.process.exitCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }
}

let started: Operator | undefined;

function start(args: readonly string[], env: Record<string, string> = {}): Operator {
  started = new Operator(args, env);
  return started;
}

afterEach(async () => {
  started?.process.kill('SIGKILL');
  await started?.ended();
  started = undefined;
});

describe('the operator as a program', () => {
  test('tells its version and its usage', async () => {
    const version = start(['--version']);
    expect(await version.ended()).toBe(0);
    expect(version.output).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = start(['--help']);
    expect(await help.ended()).toBe(0);
    expect(help.output).toContain('WATCH_NAMESPACE');
    const unknown = start(['--namespace']);
    expect(await unknown.ended()).toBe(2);
    expect(unknown.output).toContain('unknown option --namespace');
  }, 30_000);

  test('refuses a faulty environment with every fault', async () => {
    const operator = start([], { WORKERS: '0', LOG_LEVEL: 'loud' });
    expect(await operator.ended()).toBe(1);
    expect(operator.output).toMatch(/WORKERS[\s\S]*LOG_LEVEL/);
  }, 30_000);

  test('says what it looked for when there is no cluster', async () => {
    const operator = start([], { HOME: '/nonexistent' });
    expect(await operator.ended()).toBe(1);
    expect(operator.output).toContain('/nonexistent/.kube/config');
  }, 30_000);
});

describeWithApiServer('the operator on a cluster', (server) => {
  test('waits for a missing CRD with a message that helps, is ready when it is there, and ends on SIGTERM', async () => {
    // NODE_OPTIONS as the chart gives them.
    const env = { KUBECONFIG: server().kubeconfig, METRICS_PORT: '0', NODE_OPTIONS: '--max-semi-space-size=1' };
    const operator = start([], env);
    const { port } = JSON.parse(await operator.line(/operator started/)) as { port: number };
    await operator.line(/expected the CustomResourceDefinition chatstacks\.chatstack\.dev.*kubectl apply/);
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    expect(await ask('/healthz')).toBe(200);
    expect(await ask('/readyz')).not.toBe(200);

    await server().kubectl(['apply', '--server-side', '-f', customResource]);
    await operator.line(/the cluster serves ChatStacks/);
    await server().kubectl(['apply', '-f', '-'], stack);
    const watch = ['wait', 'chatstack/acme', '--for=condition=PostgresReady=False', '--timeout=30s'];
    await server().kubectl(watch);
    expect(await ask('/readyz')).toBe(200);
    expect(residentMebibytes(operator.process.pid)).toBeLessThanOrEqual(120);

    operator.process.kill('SIGTERM');
    expect(await operator.ended()).toBe(0);
    expect(operator.output).toContain('operator stopping');
  }, 60_000);

  test('works when it is elected, and gives the Lease back at its end', async () => {
    const env = { KUBECONFIG: server().kubeconfig, METRICS_PORT: '0', LEADER_ELECTION_LEASE: 'election' };
    await server().kubectl(['apply', '--server-side', '-f', customResource]);
    const operator = start([], env);
    await operator.line(/leading/);
    operator.process.kill('SIGTERM');
    expect(await operator.ended()).toBe(0);
    const holder = await server().kubectl(['get', 'lease', 'election', '-o', 'jsonpath={.spec.holderIdentity}']);
    expect(holder).toBe('');
  }, 60_000);
});

/** Resident memory of a process; 0 where /proc doesn't tell. */
function residentMebibytes(pid: number | undefined): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(file, 'utf8'))?.[1]) / 1024;
}

const stack = JSON.stringify({
  apiVersion: 'chatstack.dev/v1alpha1',
  kind: 'ChatStack',
  metadata: { name: 'acme', namespace: 'default' },
  spec: {},
});
