import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiServer, startApiServer } from '@chatstack/test/engines/api-server.ts';
import { chatStackResource, labels, watchedKinds } from '../reconcile/child-kinds.ts';
import { type Play, playControllers } from '../reconcile/testing/played-controllers.ts';
import { createInformer, type Informer } from '../runtime/informer.ts';
import { readKubeconfig } from '../runtime/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '../runtime/kubernetes-client.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';
import { startTestingProxy, type TestingProxy } from '../runtime/testing-proxy.ts';
import { playPods } from './played-pods.ts';

const customResource = new URL('../../charts/chatstack-operator/crds/chatstacks.yaml', import.meta.url);

/** An API server with somebody who plays the controllers and the kubelet of a cluster. */
export interface BenchCluster {
  /** As the administrator, uncounted. */
  readonly client: KubernetesClient;
  /** For an operator that talks to the server itself. */
  readonly kubeconfig: string;
  /** For an operator whose requests are counted. */
  readonly countedKubeconfig: string;
  readonly proxy: TestingProxy;
  readonly play: Play;
  informerOf(resource: Resource): Informer;
  /** Children of each stack (namespace/name) as the watches show them; pods are not counted. */
  readonly children: ReadonlyMap<string, ReadonlySet<string>>;
  /** CPU time that the API server and etcd have used so far, in seconds: for the operator, and for whoever plays the cluster. */
  serverCpuSeconds(): number;
  /** Resolves when `holds` does, which is asked after every change that a watch shows. */
  becomes(what: string, holds: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** How long anything may take, in milliseconds: a benchmark that hangs tells nothing. */
const patience = 1_800_000;

/** Starts it with a CRD that is served; `pods` are made for each workload unless it is false. */
export async function openBenchCluster({ pods = true } = {}): Promise<BenchCluster> {
  const server = await startApiServer();
  const proxy = await startTestingProxy(server);
  const stop = new AbortController();
  try {
    await server.kubectl(['apply', '--server-side', '-f', customResource.pathname]);
    await server.awaitEstablished('chatstacks.chatstack.dev');
    const client = createKubernetesClient({
      connection: await readKubeconfig([server.kubeconfig]),
      fieldManager: 'bench',
    });
    const informers = [chatStackResource, ...watchedKinds].map((resource) =>
      createInformer({ client, resource, ...(resource === builtIn.pod ? { transform: withoutSpec } : {}) }),
    );
    const informerOf = (resource: Resource) => informers.find((each) => each.resource === resource) as Informer;
    const play: Play = { jobs: 'complete', stuck: new Set() };
    playControllers(client, play, informerOf, stop.signal);
    if (pods) playPods(client, informerOf, stop.signal);
    const children = countChildren(informers);
    const running = informers.map((each) => each.run(stop.signal));
    await Promise.all(informers.map((each) => each.synced()));
    return {
      client,
      kubeconfig: server.kubeconfig,
      countedKubeconfig: writeKubeconfig(server, proxy.url),
      proxy,
      play,
      informerOf,
      children,
      serverCpuSeconds: () => server.cpuSeconds(),
      becomes: (what, holds) => becomes(informers, what, holds),
      async close() {
        stop.abort();
        await Promise.all(running);
        await proxy.close();
        await server.stop();
      },
    };
  } catch (error) {
    stop.abort();
    await proxy.close();
    await server.stop();
    throw error;
  }
}

const withoutSpec = ({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject => ({
  apiVersion,
  kind,
  metadata,
});

function countChildren(informers: readonly Informer[]): ReadonlyMap<string, ReadonlySet<string>> {
  const children = new Map<string, Set<string>>();
  for (const { resource, onChange } of informers) {
    if (resource === chatStackResource || resource === builtIn.pod) continue;
    onChange(({ type, object }) => {
      const stack = object.metadata.labels?.[labels.instance];
      if (stack === undefined) return;
      const key = `${object.metadata.namespace}/${stack}`;
      const known = children.get(key) ?? new Set();
      children.set(key, known);
      if (type === 'deleted') known.delete(`${resource.kind}/${object.metadata.name}`);
      else known.add(`${resource.kind}/${object.metadata.name}`);
    });
  }
  return children;
}

function becomes(informers: readonly Informer[], what: string, holds: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      for (const unsubscribe of subscriptions) unsubscribe();
      clearTimeout(timer);
      settle();
    };
    const look = () => holds() && finish(resolve);
    const subscriptions = informers.map(({ onChange }) => onChange(look));
    const timer = setTimeout(() => finish(() => reject(new Error(`expected ${what} within ${patience} ms`))), patience);
    look();
  });
}

/** A kubeconfig that leads to the proxy, which knows the token. */
function writeKubeconfig({ kubeconfig }: ApiServer, server: string): string {
  const file = join(kubeconfig, '../counted-kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'counted', cluster: { server } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'counted', context: { cluster: 'counted', user: 'nobody' } }],
    'current-context': 'counted',
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
