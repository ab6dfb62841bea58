import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { readImageFlags } from './bench/operator-process.ts';

const program = new URL('./main.ts', import.meta.url).pathname;
const customResource = new URL('../charts/chatstack-operator/crds/chatstacks.yaml', import.meta.url).pathname;

/** As in its image, sources are compiled once: who compiles them at its start keeps 25 MiB more. */
const compiled = mkdtempSync(join(tmpdir(), 'operator-compiled-'));
afterAll(() => rmSync(compiled, { recursive: true, force: true }));

/** A running operator whose log is read line by line. */
class Operator {
  readonly process: ChildProcess;
  output = '';
  #woken = Promise.withResolvers<void>();

  constructor(args: readonly string[], env: Record<string, string>) {
    this.process = spawn(process.execPath, [...readImageFlags(), program, ...args], {
      env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compiled, ...env },
    });
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
  });

  test('refuses a faulty environment with every fault', async () => {
    const operator = start([], { WORKERS: '0', LOG_LEVEL: 'loud' });
    expect(await operator.ended()).toBe(1);
    expect(operator.output).toMatch(/WORKERS[\s\S]*LOG_LEVEL/);
  });

  test('says what it looked for when there is no cluster', async () => {
    const operator = start([], { HOME: '/nonexistent' });
    expect(await operator.ended()).toBe(1);
    expect(operator.output).toContain('/nonexistent/.kube/config');
  });
});

describeWithApiServer('the operator on a cluster', (server) => {
  test('waits for a missing CRD with a message that helps, is ready when it is there, and ends on SIGTERM', async () => {
    const env = { KUBECONFIG: server().kubeconfig, METRICS_PORT: '0' };
    const operator = start([], env);
    const { port } = JSON.parse(await operator.line(/operator started/)) as { port: number };
    await operator.line(/expected the CustomResourceDefinition chatstacks\.chatstack\.dev.*kubectl apply/);
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    expect(await ask('/healthz')).toBe(200);
    expect(await ask('/readyz')).not.toBe(200);

    await server().kubectl(['apply', '--server-side', '-f', customResource]);
    await operator.line(/the cluster serves ChatStacks/);
    await server().kubectl(['apply', '-f', '-'], stack);
    const watch = ['wait', 'chatstack/acme', '--for=condition=PostgresReady=False', '--timeout=120s'];
    await server().kubectl(watch);
    expect(await ask('/readyz')).toBe(200);
    expect(residentMebibytes(operator.process.pid)).toBeLessThanOrEqual(120);

    operator.process.kill('SIGTERM');
    expect(await operator.ended()).toBe(0);
    expect(operator.output).toContain('operator stopping');
  });

  test('tells that it does not lead while another process has the lead', async () => {
    const holder = { holderIdentity: 'another', leaseDurationSeconds: 3600 };
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'held' }, spec: holder };
    await server().kubectl(['apply', '-f', '-'], JSON.stringify(lease));
    const env = { KUBECONFIG: server().kubeconfig, METRICS_PORT: '0', LEADER_ELECTION_LEASE: 'held' };
    const operator = start([], env);
    const { port } = JSON.parse(await operator.line(/operator started/)) as { port: number };
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('leader_election_master_status{name="chatstack-operator"} 0');
  });

  test('works when it is elected, and gives the Lease back at its end', async () => {
    const env = { KUBECONFIG: server().kubeconfig, METRICS_PORT: '0', LEADER_ELECTION_LEASE: 'election' };
    await server().kubectl(['apply', '--server-side', '-f', customResource]);
    const operator = start([], env);
    await operator.line(/leading/);
    operator.process.kill('SIGTERM');
    expect(await operator.ended()).toBe(0);
    const holder = await server().kubectl(['get', 'lease', 'election', '-o', 'jsonpath={.spec.holderIdentity}']);
    expect(holder).toBe('');
  });
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
