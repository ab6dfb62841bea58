import { chatStackResource } from '../reconcile/child-kinds.ts';
import { conditionOf, imageOf } from '../reconcile/testing/test-cluster.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import type { SeenRequest } from '../runtime/testing-proxy.ts';
import type { BenchCluster } from './bench-cluster.ts';
import type { Figure } from './figure.ts';
import { startOperator } from './operator-process.ts';
import type { BenchSettings } from './settings.ts';

const namespace = 'default';

/** Creates a stack or makes its spec so. */
export function applyStack(
  { client }: BenchCluster,
  name: string,
  spec: object = {},
  where = namespace,
): Promise<KubernetesObject> {
  const { apiVersion, kind } = chatStackResource;
  return client.apply(chatStackResource, { apiVersion, kind, metadata: { name, namespace: where }, spec });
}

/** Whether a stack is Ready in its newest generation. */
export function isReady(stack: KubernetesObject | undefined): boolean {
  const ready = stack && conditionOf(stack, 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === stack?.metadata.generation;
}

const stackOf = (cluster: BenchCluster, name: string): KubernetesObject | undefined =>
  cluster.informerOf(chatStackResource).cache.get({ namespace, name });

/** Applies a stack and waits until it is Ready. */
async function makeReady(cluster: BenchCluster, name: string, spec: object = {}): Promise<void> {
  const { metadata } = await applyStack(cluster, name, spec);
  await cluster.becomes(`${name} Ready`, () => {
    const stack = stackOf(cluster, name);
    return stack?.metadata.generation === metadata.generation && isReady(stack);
  });
}

/** How long nothing may have been sent for a stack to count as left alone. */
const quietMilliseconds = 7_000;

const rest = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function awaitQuiet({ proxy }: BenchCluster): Promise<void> {
  for (let before = -1; before !== proxy.seen.length; ) {
    before = proxy.seen.length;
    await rest(quietMilliseconds);
  }
}

/** Requests outside watches; a watch begins with a list. */
export const isOutsideWatches = ({ isWatch, path }: SeenRequest): boolean => !isWatch && !path.includes('limit=');

/** Requests for a new stack until it is Ready and left alone, and for a look at an unchanged one. */
export async function measureRequests(cluster: BenchCluster): Promise<Figure[]> {
  const operator = startOperator(cluster.countedKubeconfig);
  const { proxy, client } = cluster;
  try {
    await makeReady(cluster, 'warm');
    await awaitQuiet(cluster);
    proxy.seen.length = 0;
    await makeReady(cluster, 'counted');
    await awaitQuiet(cluster);
    const sent = proxy.seen.filter(isOutsideWatches);
    const children = cluster.children.get(`${namespace}/counted`)?.size ?? 0;

    proxy.seen.length = 0;
    const key = { namespace, name: 'counted' };
    await client.patch(chatStackResource, key, { metadata: { annotations: { looked: 'at' } } });
    await awaitQuiet(cluster);
    const unchanged = proxy.seen.filter(isOutsideWatches);
    const reads = (requests: readonly SeenRequest[]) => requests.filter(({ method }) => method === 'GET').length;
    return [
      { name: 'children of a stack', unit: '', values: [children] },
      { name: 'requests for a new stack', unit: '', values: [sent.length], target: children + 3 },
      { name: '… of them reads', unit: '', values: [reads(sent)], target: 0 },
      { name: 'requests for an unchanged reconcile', unit: '', values: [unchanged.length], target: 0 },
    ];
  } finally {
    await operator.end('SIGTERM');
  }
}

/** Milliseconds from the apply of one stack until all its children exist, and from a hand edit until it is repaired. */
export async function measureOneStack(cluster: BenchCluster, { repeats }: BenchSettings): Promise<Figure[]> {
  const operator = startOperator(cluster.kubeconfig);
  const [toChildren, toRepair]: [number[], number[]] = [[], []];
  try {
    await makeReady(cluster, 'before');
    const expected = cluster.children.get(`${namespace}/before`)?.size ?? 0;
    for (let round = 0; round < repeats; round += 1) {
      const name = `single-${round}`;
      const begun = performance.now();
      await applyStack(cluster, name);
      await cluster.becomes('all children', () => cluster.children.get(`${namespace}/${name}`)?.size === expected);
      toChildren.push(performance.now() - begun);
      await cluster.becomes(`${name} Ready`, () => isReady(stackOf(cluster, name)));
      toRepair.push(await measureRepair(cluster, `${name}-service`));
    }
    return [
      { name: 'apply → all children exist', unit: 'ms', values: toChildren, target: 500 },
      { name: 'hand edit → repaired', unit: 'ms', values: toRepair, target: 2000 },
    ];
  } finally {
    await operator.end('SIGTERM');
  }
}

async function measureRepair({ client, informerOf, becomes }: BenchCluster, name: string): Promise<number> {
  const key = { namespace, name };
  const { cache } = informerOf(builtIn.deployment);
  const image = imageOf(await client.get(builtIn.deployment, key));
  const containers = [{ name: 'service', image: 'elsewhere/edited:1' }];
  const begun = performance.now();
  const edited = await client.patch(builtIn.deployment, key, { spec: { template: { spec: { containers } } } });
  await becomes('the repair', () => {
    const now = cache.get(key);
    return (
      now !== undefined &&
      Number(now.metadata.generation) > Number(edited.metadata.generation) &&
      imageOf(now) === image
    );
  });
  return performance.now() - begun;
}

/** Milliseconds from the start of the process until a stack that was changed before is reconciled. */
export async function measureStart(cluster: BenchCluster, { repeats }: BenchSettings): Promise<Figure[]> {
  const [values, cpu]: [number[], number[]] = [[], []];
  for (let round = 0; round < repeats; round += 1) {
    const { metadata } = await applyStack(cluster, 'before', { pgbouncer: { poolSize: 5 + (round % 2) } });
    const begun = performance.now();
    const operator = startOperator(cluster.kubeconfig);
    try {
      await cluster.becomes('the first reconcile', () => {
        const status = stackOf(cluster, 'before')?.status as { observedGeneration?: number } | undefined;
        return status?.observedGeneration === metadata.generation;
      });
      values.push(performance.now() - begun);
      cpu.push(operator.cpuSeconds() * 1000);
    } finally {
      await operator.end('SIGTERM');
    }
  }
  return [
    { name: 'operator start → first finished reconcile', unit: 'ms', values, target: 1500 },
    { name: '… of it CPU time of the operator', unit: 'ms', values: cpu },
  ];
}

/** Seconds from kill -9 of the leader until a stack that is changed then is reconciled by the second replica. */
export async function measureFailover(cluster: BenchCluster, { repeats }: BenchSettings): Promise<Figure[]> {
  const environment = { LEADER_ELECTION_LEASE: 'bench-operator' };
  const values: number[] = [];
  let leader = startOperator(cluster.kubeconfig, environment);
  await leader.line(/"leading"/);
  try {
    for (let round = 0; round < Math.min(3, repeats); round += 1) {
      const second = startOperator(cluster.kubeconfig, environment);
      await second.line(/operator started/);
      await leader.end('SIGKILL');
      const begun = performance.now();
      leader = second;
      const { metadata } = await applyStack(cluster, 'before', { pgbouncer: { poolSize: 7 + (round % 2) } });
      await cluster.becomes('the reconcile by the second replica', () => {
        const status = stackOf(cluster, 'before')?.status as { observedGeneration?: number } | undefined;
        return status?.observedGeneration === metadata.generation;
      });
      values.push((performance.now() - begun) / 1000);
    }
    return [{ name: 'kill -9 of the leader → reconcile by the second replica', unit: 's', values, target: 20 }];
  } finally {
    await leader.end('SIGTERM');
  }
}
