import type { ClusterConnection } from '../../runtime/cluster-connection.ts';
import type { Condition } from '../../runtime/conditions.ts';
import { createInformer, type Informer } from '../../runtime/informer.ts';
import { readKubeconfig } from '../../runtime/kubeconfig.ts';
import { createKubernetesClient, type KubernetesClient } from '../../runtime/kubernetes-client.ts';
import { createRuntimeMetrics } from '../../runtime/metrics.ts';
import type { KubernetesObject, ObjectKey } from '../../runtime/object.ts';
import { builtIn, type Resource } from '../../runtime/resource.ts';
import type { ConditionType, StackStatus } from '../../status/stack-status.ts';
import { chatStackResource, fieldManager, labels, watchedKinds } from '../child-kinds.ts';
import type { Planner } from '../planner.ts';
import { createStackController, type StackControllerOptions } from '../stack-controller.ts';
import { watchActivity } from './activity.ts';
import { awaitAbsence, awaitFinding, awaitObject } from './await-object.ts';
import { type Play, playControllers } from './played-controllers.ts';

const customResource = new URL('../../../charts/chatstack-operator/crds/chatstacks.yaml', import.meta.url);

/** The API server that the tests run on. */
export interface TestServer {
  readonly kubeconfig: string;
  kubectl(args: readonly string[]): Promise<string>;
}

/** A namespace of an API server, with the operator at work in it and somebody playing controllers and kubelet. */
export interface TestCluster {
  readonly namespace: string;
  /** As the administrator, uncounted. */
  readonly client: KubernetesClient;
  /** How the played controllers treat what they see; change it at any time. */
  readonly play: Play;
  /** Requests of the operator so far, such as `PATCH`; watches are among the GETs. */
  readonly requests: string[];
  /** Those of them that its rights did not allow. */
  readonly refused: string[];
  /** Creates a ChatStack, or makes its spec so. */
  applyStack(name: string, spec: object): Promise<KubernetesObject>;
  /** The same, and waits until it is Ready. */
  makeReady(name: string, spec?: object): Promise<KubernetesObject>;
  /** A kind and the key of a name in this namespace. */
  at(resource: Resource, name: string): { resource: Resource; key: ObjectKey };
  /** Resolves with the first version of an object that the predicate holds for; rejects with the last one after 60 s. */
  awaitObject(
    resource: Resource,
    name: string,
    holds: (object: KubernetesObject) => boolean,
  ): Promise<KubernetesObject>;
  /** Resolves when the object isn't there any more. */
  awaitAbsence(resource: Resource, name: string): Promise<void>;
  /** Resolves with the stack when a condition of its present generation holds. */
  awaitCondition(
    name: string,
    type: ConditionType,
    status: Condition['status'],
    reason?: string,
  ): Promise<KubernetesObject>;
  /**
   * Resolves when the stack has Events of all these reasons; rejects with those that it has. Events are written after the status
   * that they belong to, and nothing waits for them, so what a status shows is no sign that they are there.
   */
  awaitEvents(stack: string, ...reasons: string[]): Promise<void>;
  /** Makes a Ready pod of a component with the address of this machine. */
  addPod(stack: string, component: string, name: string): Promise<KubernetesObject>;
  get(resource: Resource, name: string): Promise<KubernetesObject>;
  list(resource: Resource): Promise<KubernetesObject[]>;
  /** Resolves when the operator has sent nothing, and waited for no answer, for the milliseconds. */
  awaitQuiet(milliseconds: number): Promise<void>;
  /** What the metrics of the operator show now, as Prometheus reads it. */
  scrape(): Promise<string>;
  /** Ends the operator alone. */
  stopOperator(): Promise<void>;
  /** Starts it again; `planner` makes it one of another version. */
  startOperator(other?: { readonly planner?: Planner }): void;
  /** Starts another one, which reaches the server by a connection of its own. */
  runOperator(connection: ClusterConnection): RunningOperator;
  close(): Promise<void>;
}

/** An operator that runs in this process. */
export interface RunningOperator {
  /** Ends it and resolves when it has ended. */
  stop(): Promise<void>;
}

/** Beside the controller's own options. */
export type TestClusterOptions = Partial<Omit<StackControllerOptions, 'client' | 'namespace' | 'metrics'>> & {
  /** Whom the operator acts as; the administrator when unset. */
  readonly user?: string;
  /** How the operator reaches the server; directly when unset. */
  readonly connection?: ClusterConnection;
  /** Runs when the namespace is there, before the operator starts. */
  readonly prepare?: () => Promise<unknown>;
};

/** Starts the operator in a namespace of its own, and what it needs to see its workloads become ready. */
export async function openTestCluster(
  server: TestServer,
  namespace: string,
  { user, connection: reach, prepare, ...replaced }: TestClusterOptions = {},
): Promise<TestCluster> {
  await server.kubectl(['apply', '--server-side', '-f', customResource.pathname]);
  await server.kubectl(['create', 'namespace', namespace]);
  await prepare?.();
  const connection = await readKubeconfig([server.kubeconfig]);
  const client = createKubernetesClient({ connection, fieldManager: 'tester' });
  const stop = new AbortController();
  const play: Play = { jobs: 'complete', stuck: new Set() };
  const informers = [chatStackResource, builtIn.event, ...watchedKinds].map((resource) =>
    createInformer({ client, resource, selection: { namespace } }),
  );
  const informerOf = (resource: Resource) => informers.find((each) => each.resource === resource) as Informer;
  playControllers(client, play, informerOf, stop.signal);
  const running = informers.map((each) => each.run(stop.signal));
  // The first lists also wait for the custom resource to be served.
  await Promise.all(informers.map((each) => each.synced()));

  const requests: string[] = [];
  const refused: string[] = [];
  const activity = watchActivity();
  let operator: RunningOperator | undefined;
  let registry = createRuntimeMetrics().registry;
  const runOperator = (through = reach ?? actAs(connection, user), planner?: Planner) => {
    const metrics = {
      ...createRuntimeMetrics(),
      countRequest(method: string, code: string) {
        requests.push(method);
        // Who may not give every right is answered 404 when it binds a Role that is not there.
        if (code === '403' || (code === '404' && method === 'PATCH')) refused.push(method);
        activity.end();
      },
    };
    registry = metrics.registry;
    const stopping = new AbortController();
    const controller = createStackController({
      client: createKubernetesClient({ connection: activity.through(through), fieldManager, metrics }),
      namespace,
      serviceImage: undefined,
      development: false,
      workers: 2,
      instance: 'test',
      metrics,
      ...replaced,
      ...(planner ? { planner } : {}),
      checkServer: replaced.checkServer ?? (async () => usableServer),
    });
    const ended = controller.run(stopping.signal);
    return {
      async stop() {
        stopping.abort();
        await ended;
      },
    };
  };
  const startOperator: TestCluster['startOperator'] = ({ planner } = {}) => {
    operator = runOperator(undefined, planner);
  };
  const stopOperator = async () => {
    await operator?.stop();
    operator = undefined;
  };
  startOperator();

  const applied = new Map<string, KubernetesObject>();
  const cluster: TestCluster = {
    namespace,
    client,
    play,
    requests,
    refused,
    async applyStack(name, spec) {
      const { apiVersion, kind } = chatStackResource;
      const stack = await client.apply(chatStackResource, { apiVersion, kind, metadata: { name, namespace }, spec });
      applied.set(name, stack);
      return stack;
    },
    async makeReady(name, spec = {}) {
      await cluster.applyStack(name, spec);
      return cluster.awaitCondition(name, 'Ready', 'True');
    },
    at: (resource, name) => ({ resource, key: { namespace, name } }),
    awaitObject: (resource, name, holds) => awaitObject(informerOf(resource), { namespace, name }, holds),
    awaitAbsence: (resource, name) => awaitAbsence(informerOf(resource), { namespace, name }),
    awaitCondition: (name, type, status, reason) =>
      awaitObject(informerOf(chatStackResource), { namespace, name }, (stack) => {
        const found = conditionOf(stack, type);
        return (
          isPresent(stack, applied.get(name)?.metadata) &&
          found?.observedGeneration === stack.metadata.generation &&
          found?.status === status &&
          (reason === undefined || found?.reason === reason)
        );
      }),
    async awaitEvents(stack, ...reasons) {
      const found = () => reasonsOf(informerOf(builtIn.event).cache.list(), stack);
      const look = () => (reasons.every((reason) => found().includes(reason)) ? true : undefined);
      const expected = `Events ${reasons.join(', ')} on ${stack}`;
      await awaitFinding(informerOf(builtIn.event), look, () => ({ expected, found: found() }));
    },
    addPod: (stack, component, name) => addPod(client, { namespace, name }, buildPodLabels(stack, component)),
    get: (resource, name) => client.get(resource, { namespace, name }),
    list: async (resource) => (await client.list(resource, { namespace })).items,
    awaitQuiet: activity.awaitQuiet,
    scrape: () => registry.metrics(),
    stopOperator,
    startOperator,
    runOperator,
    async close() {
      await stopOperator();
      stop.abort();
      await Promise.all(running);
    },
  };
  return cluster;
}

/** What an external server says that is asked by nobody but the tests. */
const usableServer = {
  kind: 'usable',
  facts: { version: '18.4', maxConnections: 100, reservedConnections: 3 },
} as const;

const buildPodLabels = (stack: string, component: string): Record<string, string> => ({
  [labels.instance]: stack,
  [labels.component]: component,
  [labels.managedBy]: fieldManager,
});

async function addPod(
  client: KubernetesClient,
  key: ObjectKey,
  podLabels: Record<string, string>,
): Promise<KubernetesObject> {
  const containers = [{ name: 'program', image: 'elsewhere/program:1' }];
  await client.create(builtIn.pod, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...key, labels: podLabels },
    spec: { containers },
  });
  const conditions = [{ type: 'Ready', status: 'True' }];
  const status = { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }], conditions };
  return client.patch(builtIn.pod, key, { status }, 'status');
}

/** The administrator's connection in the name of somebody else, with that one's rights. */
function actAs(connection: ClusterConnection, user: string | undefined): ClusterConnection {
  if (user === undefined) return connection;
  return {
    ...connection,
    async credentials(refused) {
      const { agent, headers } = await connection.credentials(refused);
      return { agent, headers: { ...headers, 'impersonate-user': user } };
    },
  };
}

/** Whether a watch shows the stack as it was applied last, not a former one. */
function isPresent({ metadata }: KubernetesObject, applied: KubernetesObject['metadata'] | undefined): boolean {
  return metadata.uid === applied?.uid && (metadata.generation ?? 0) >= (applied?.generation ?? 0);
}

/** The condition of a stack. */
export function conditionOf(stack: KubernetesObject, type: ConditionType): Condition | undefined {
  return (stack.status as StackStatus | undefined)?.conditions?.find((each) => each.type === type);
}

/** The image of the first container of a workload's or Job's pods. */
export function imageOf(workload: KubernetesObject): string {
  const { template } = workload.spec as { template: { spec: { containers: { image: string }[] } } };
  return template.spec.containers[0]?.image ?? '';
}

/** The migration Jobs of a stack. */
export async function listJobs(cluster: TestCluster, stack: string): Promise<KubernetesObject[]> {
  return (await cluster.list(builtIn.job)).filter((job) => job.metadata.labels?.[labels.instance] === stack);
}

/** The reasons of the Events on a stack, in no order. */
const reasonsOf = (events: readonly KubernetesObject[], stack: string): string[] =>
  events
    .filter((event) => (event.regarding as { name?: string } | undefined)?.name === stack)
    .map((event) => String(event.reason));

/** The reasons of the Events that a stack has when the operator has sent nothing for a while: for what must not be among them. */
export async function listEventReasons(cluster: TestCluster, name: string): Promise<string[]> {
  await cluster.awaitQuiet(200);
  return reasonsOf(await cluster.list(builtIn.event), name);
}
