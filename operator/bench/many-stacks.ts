import { type PostgresEngine, startPostgres } from '@chatstack/test/engines/postgres.ts';
import { chatStackResource } from '../reconcile/child-kinds.ts';
import { builtIn } from '../runtime/resource.ts';
import type { BenchCluster } from './bench-cluster.ts';
import type { Figure } from './figure.ts';
import { applyStack, isReady } from './one-stack.ts';
import { type OperatorProcess, startOperator } from './operator-process.ts';
import type { BenchSettings } from './settings.ts';

const namespace = 'many';
/** Every tenth stack has a Postgres of its own elsewhere, whose login is a Secret that somebody else made. */
const externalEach = 10;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A namespace with the login that a server lets in. */
async function createNamespace({ client }: BenchCluster, { user, password }: PostgresEngine): Promise<void> {
  const resource = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
  await client.create(resource, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await client.create(builtIn.secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace },
    stringData: { username: user, password },
  });
}

const buildExternalSpec = ({ host, port }: PostgresEngine) => ({
  postgres: { mode: 'External', external: { host, port, database: 'postgres', secretRef: { name: 'login' } } },
});

interface Batch {
  readonly stacks: number;
  readonly children: number;
  readonly milliseconds: number;
  /** From the apply of a stack until its last child, the longest of all; milliseconds. */
  readonly longestWait: number;
  readonly cpuSeconds: number;
  readonly serverCpuSeconds: number;
}

/** Applies stacks at once and waits until all of them are Ready. */
async function applyBatch(
  cluster: BenchCluster,
  operator: OperatorProcess,
  external: object,
  [from, to]: readonly [number, number],
): Promise<Batch> {
  const names = Array.from({ length: to - from }, (_, index) => `stack-${from + index}`);
  const stacks = cluster.informerOf(chatStackResource).cache;
  const [applied, complete] = [new Map<string, number>(), new Map<string, number>()];
  const unsubscribe = [builtIn.deployment, builtIn.podDisruptionBudget].map((resource) =>
    cluster.informerOf(resource).onChange(({ type, object }) => {
      // The service comes last; its Deployment and its budget are applied together.
      if (type === 'added' && object.metadata.name.endsWith('-service')) {
        complete.set(object.metadata.name.replace(/-service$/, ''), performance.now());
      }
    }),
  );
  const [cpu, serverCpu] = [operator.cpuSeconds(), cluster.serverCpuSeconds()];
  const begun = performance.now();
  const work = names.map((name, index) => async () => {
    applied.set(name, performance.now());
    await applyStack(cluster, name, (from + index) % externalEach === 0 ? external : {}, namespace);
  });
  await runAtOnce(work, 50);
  await cluster.becomes('all children', () => complete.size === names.length);
  const milliseconds = performance.now() - begun;
  await cluster.becomes('all Ready', () => names.every((name) => isReady(stacks.get({ namespace, name }))));
  for (const each of unsubscribe) each();
  const children = names.reduce((sum, name) => sum + (cluster.children.get(`${namespace}/${name}`)?.size ?? 0), 0);
  const waits = names.map((name) => (complete.get(name) ?? 0) - (applied.get(name) ?? 0));
  return {
    stacks: names.length,
    children,
    milliseconds,
    longestWait: Math.max(...waits),
    cpuSeconds: operator.cpuSeconds() - cpu,
    serverCpuSeconds: cluster.serverCpuSeconds() - serverCpu,
  };
}

async function runAtOnce(work: readonly (() => Promise<void>)[], width: number): Promise<void> {
  const open = [...work];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let next = open.shift(); next !== undefined; next = open.shift()) await next();
    }),
  );
}

/** What the operator shows of itself, by way of the loopback address. */
async function readMetrics(operator: OperatorProcess): Promise<string> {
  const { port } = JSON.parse(await operator.line(/operator started/)) as { port: number };
  // A kept connection may be ended by the operator just when it is used again.
  return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } })).text();
}

/** Resolves when the operator has reconciled as often as there are stacks, and nothing waits: before, its caches may lack some of them. */
async function awaitReconciled(operator: OperatorProcess, stacks: number): Promise<void> {
  const sum = (text: string, metric: string) =>
    [...text.matchAll(new RegExp(`^${metric}(?:\\{.*\\})? (\\d+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  for (;;) {
    const text = await readMetrics(operator);
    const waiting = sum(text, 'workqueue_depth') + sum(text, 'controller_runtime_active_workers');
    if (sum(text, 'controller_runtime_reconcile_total') >= stacks && waiting === 0) return;
    await pause(1_000);
  }
}

/** Memory once it has come to rest: the middle of some samples. */
async function sampleMemory(operator: OperatorProcess): Promise<number[]> {
  await pause(10_000);
  const samples: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    samples.push(operator.residentMebibytes());
    await pause(1_000);
  }
  return samples;
}

/** What a scrape of so many stacks costs. */
async function measureScrape(operator: OperatorProcess, stacks: number): Promise<Figure[]> {
  const times: number[] = [];
  const series: number[] = [];
  for (let index = 0; index < 20; index += 1) {
    const begun = performance.now();
    const text = await readMetrics(operator);
    times.push(performance.now() - begun);
    series.push(text.match(/^chatstack_/gm)?.length ?? 0);
  }
  return [
    { name: `a scrape of ${stacks} stacks`, unit: 'ms', values: times },
    { name: `a scrape of ${stacks} stacks: their series`, unit: '', values: series.slice(0, 1) },
  ];
}

/** Few and many stacks applied at once, memory with each number, and idle stacks; each when it is measured, for all of it takes long. */
export async function* measureManyStacks(cluster: BenchCluster, settings: BenchSettings): AsyncGenerator<Figure[]> {
  const [few, many] = settings.stacks;
  const postgres = await startPostgres();
  const external = buildExternalSpec(postgres);
  await createNamespace(cluster, postgres);
  const start = (kubeconfig = cluster.kubeconfig) => startOperator(kubeconfig, { WATCH_NAMESPACE: namespace });
  let operator = start();
  async function* measureMemory(stacks: number, target: number): AsyncGenerator<Figure[]> {
    yield await measureScrape(operator, stacks);
    const grown = await sampleMemory(operator);
    yield [{ name: `operator memory, ${stacks} stacks (made by it)`, unit: 'MiB', values: grown, target }];
    await operator.end('SIGTERM');
    operator = start();
    await awaitReconciled(operator, stacks);
    const restarted = await sampleMemory(operator);
    yield [{ name: `operator memory, ${stacks} stacks (after a restart)`, unit: 'MiB', values: restarted, target }];
  }
  try {
    await applyBatch(cluster, operator, external, [1, 2]);
    yield* measureMemory(1, 110);
    const small = await applyBatch(cluster, operator, external, [2, 2 + few]);
    yield describeBatch(small);
    yield* measureMemory(few, 160);
    await operator.end('SIGTERM');
    operator = start(cluster.countedKubeconfig);
    await awaitReconciled(operator, 1 + few);
    await sampleMemory(operator);
    yield await measureIdle(cluster, settings);
    await operator.end('SIGTERM');
    operator = start();
    if (!settings.only.includes('few')) {
      const large = await applyBatch(cluster, operator, external, [2 + few, 2 + few + many]);
      yield describeBatch(large);
      const ratio = (read: (batch: Batch) => number) => read(large) / large.stacks / (read(small) / small.stacks);
      yield [
        {
          name: `time per stack, ${many} to ${few}`,
          unit: '×',
          values: [ratio((each) => each.milliseconds)],
          target: 1.3,
        },
        {
          name: `operator CPU per stack, ${many} to ${few}`,
          unit: '×',
          values: [ratio((each) => each.cpuSeconds)],
          target: 1.3,
        },
      ];
      yield* measureMemory(few + many, 350);
    }
  } finally {
    await operator.end('SIGTERM');
    await postgres.stop();
  }
}

function describeBatch(batch: Batch): Figure[] {
  const { stacks, children, milliseconds, longestWait, cpuSeconds, serverCpuSeconds } = batch;
  return [
    { name: `${stacks} stacks at once: per child`, unit: 'ms', values: [milliseconds / children], target: 10 },
    { name: `${stacks} stacks at once: longest wait of one`, unit: 's', values: [longestWait / 1000], target: 30 },
    { name: `${stacks} stacks at once: operator CPU per stack`, unit: 'ms', values: [(cpuSeconds * 1000) / stacks] },
    {
      name: `${stacks} stacks at once: API server CPU per stack`,
      unit: 'ms',
      values: [(serverCpuSeconds * 1000) / stacks],
    },
  ];
}

/** What stacks that nobody touches cost. */
async function measureIdle({ proxy, informerOf }: BenchCluster, { idleSeconds }: BenchSettings): Promise<Figure[]> {
  proxy.seen.length = 0;
  await pause(idleSeconds * 1000);
  // Also lists: watches have begun, and one that begins anew would be seen here.
  const sent = proxy.seen.filter(({ isWatch }) => !isWatch);
  const stacks = informerOf(chatStackResource).cache.list(namespace).length;
  const what = `${stacks} stacks, ${idleSeconds} s idle`;
  const writes = sent.filter(({ method }) => method !== 'GET').length;
  return [
    { name: `${what}: writes`, unit: '', values: [writes], target: 0 },
    { name: `${what}: reads outside watches`, unit: '', values: [sent.length - writes], target: 0 },
  ];
}
