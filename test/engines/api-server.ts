import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createFolder } from './account.ts';
import { findApiServerBinaries } from './api-server-binaries.ts';
import { readCpuSeconds } from './cpu-time.ts';
import { type EngineProcess, startEngine } from './engine-process.ts';
import { startOnFreePort } from './free-port.ts';

/**
 * A Kubernetes API server with RBAC, without controllers, scheduler and nodes: nothing collects garbage, makes pods of
 * Deployments or issues default service accounts. Pods may therefore name service accounts that do not exist.
 */
export type ApiServer = {
  readonly url: string;
  /** PEM of the authority that the server's certificate is to be checked against. */
  readonly ca: string;
  /** A bearer token of the group system:masters. */
  readonly token: string;
  /** The path of a kubeconfig for the administrator. */
  readonly kubeconfig: string;
  /** The folder of etcd, kube-apiserver and, mostly, kubectl. */
  readonly binaries: string;
  log(): string;
  /** CPU time that the API server and etcd have used since they started, in seconds. */
  cpuSeconds(): number;
  /** Runs kubectl as the administrator and answers its output; rejects with its error output. `input` goes to its standard input. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Resolves when a CustomResourceDefinition, such as `things.example.dev`, is served. */
  awaitEstablished(definition: string): Promise<void>;
  stop(): Promise<void>;
  /** Freezes the API server: connections stay open and nothing answers. */
  suspend(): void;
  resume(): void;
  /** Ends the API server as a crash would; the data stay in etcd. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  restart(): Promise<void>;
};

/** Starts etcd and a kube-apiserver on free ports and resolves when the server is ready (5 to 10 s). */
export async function startApiServer(): Promise<ApiServer> {
  const binaries = findApiServerBinaries()?.folder;
  if (!binaries) throw new Error(MISSING);
  const folder = createFolder('chatstack-api', undefined);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  let etcd: EngineProcess | undefined;
  try {
    const store = await startOnFreePort((port) => startEtcd(binaries, folder, port));
    etcd = store.engine;
    const token = writeCredentials(folder);
    const start = (port: number) =>
      startEngine({
        program: join(binaries, 'kube-apiserver'),
        args: apiServerArguments(folder, store.url, port),
        ready: /Serving securely on/,
        folder,
      });
    const { port, first } = await startOnFreePort(async (port) => ({ port, first: await start(port) }));
    let engine: EngineProcess = first;
    const url = `https://127.0.0.1:${port}`;
    const ca = readFileSync(join(folder, 'apiserver.crt'), 'utf8');
    await awaitReady(url, ca, token, engine);
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, buildKubeconfig(url, ca, token), { mode: 0o600 });
    const kubectl: ApiServer['kubectl'] = (args, input) =>
      runKubectl(join(binaries, 'kubectl'), kubeconfig, args, input);
    return {
      url,
      ca,
      token,
      kubeconfig,
      binaries,
      log: () => engine.log(),
      cpuSeconds: () => readCpuSeconds(engine.pid) + readCpuSeconds(store.engine.pid),
      kubectl,
      awaitEstablished: async (definition) => {
        // --for=condition fails at a definition so new that its conditions are null.
        const isEstablished = 'jsonpath={.status.conditions[?(@.type=="Established")].status}=True';
        await kubectl(['wait', `--for=${isEstablished}`, `crd/${definition}`, '--timeout=30s']);
      },
      stop: async () => {
        await engine.kill(); // nothing of it is kept, and a graceful end waits for open watches
        await store.engine.kill();
        remove();
      },
      suspend: () => engine.suspend(),
      resume: () => engine.resume(),
      kill: () => engine.kill(),
      restart: async () => {
        await engine.kill();
        engine = await start(port);
        await awaitReady(url, ca, token, engine);
      },
    };
  } catch (error) {
    await etcd?.kill();
    remove();
    throw error;
  }
}

/**
 * A `describe` whose tests share one API server, which `server()` answers within them. Without the programs of an API server
 * its tests are counted as skipped, by name.
 */
export function describeWithApiServer(name: string, tests: (server: () => ApiServer) => void): void {
  // Jest's globals, not an import of @jest/globals: that fails in programs outside Jest that start an API server.
  const { afterAll, beforeAll, describe } = globalThis as unknown as typeof import('@jest/globals');
  const run = findApiServerBinaries() ? describe : describe.skip;
  run(name, () => {
    let running: ApiServer | undefined;
    beforeAll(async () => {
      running = await startApiServer();
    });
    tests(() => {
      if (!running)
        throw new Error('The API server runs within tests and hooks only, not while tests are being defined.');
      return running;
    });
    // Jest ends things in the order in which they are named: what talks to the server ends before it.
    afterAll(() => running?.stop());
  });
}

const MISSING =
  'Expected etcd and kube-apiserver in KUBEBUILDER_ASSETS, in the cache or from setup-envtest, found none. Run `make setup`, which builds them when Go is installed.';

async function startEtcd(binaries: string, folder: string, port: number) {
  const url = `http://127.0.0.1:${port}`;
  const engine = await startEngine({
    program: join(binaries, 'etcd'),
    args: ['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--listen-peer-urls', 'http://127.0.0.1:0'].concat([
      '--listen-client-urls',
      url,
      '--advertise-client-urls',
      url,
    ]),
    ready: /ready to serve client requests/,
    folder,
  });
  return { engine, url };
}

/** Writes the key that signs service account tokens and the administrator's token, and answers the latter. */
function writeCredentials(folder: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(join(folder, 'service-account.key'), key, { mode: 0o600 });
  const token = randomBytes(24).toString('base64url');
  writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  return token;
}

function apiServerArguments(folder: string, etcd: string, port: number): string[] {
  const key = join(folder, 'service-account.key');
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${folder}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--disable-admission-plugins=ServiceAccount',
    '--allow-privileged',
  ];
}

/** The server listens before its roles exist and tells nobody when they do, so this asks until they do. */
async function awaitReady(url: string, ca: string, token: string, engine: EngineProcess): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await pause(50)) {
    if ((await statusOf(`${url}/readyz`, ca, token)) === 200) return;
  }
  throw new Error(
    `Expected ${url}/readyz to answer 200 within 60 s, it did not. The server's output:\n${engine.log()}`,
  );
}

async function statusOf(url: string, ca: string, token: string): Promise<number | undefined> {
  const call = request(url, { ca, headers: { authorization: `Bearer ${token}` }, agent: false });
  call.end();
  const [response] = await once(call, 'response');
  response.resume();
  return response.statusCode;
}

function buildKubeconfig(url: string, ca: string, token: string): string {
  const authority = Buffer.from(ca).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': authority } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  });
}

function runKubectl(program: string, kubeconfig: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
    const child = execFile(program, ['--kubeconfig', kubeconfig, ...args], options, (error, stdout, stderr) =>
      error ? reject(new Error(`kubectl ${args.join(' ')}: ${stderr || error.message}`)) : resolve(stdout),
    );
    child.stdin?.end(input);
  });
}
