import { type CommandOptions, type CommandOutput, run } from './command.ts';

/** A condition of an object's status. */
export type Condition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
};

/** A Kubernetes object as far as these tests look into it. */
export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    creationTimestamp: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string; uid: string }[];
  };
  // biome-ignore lint/suspicious/noExplicitAny: any kind of object; each test looks at a few fields of one kind
  spec?: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  status?: any;
  data?: Record<string, string>;
};

/** Runs kubectl against the cluster of KUBECONFIG. */
export function kubectl(args: string[], options: CommandOptions = {}): Promise<CommandOutput> {
  return run('kubectl', args, options);
}

/** The kubectl calls of one namespace. Times are in seconds. */
export type Namespace = {
  name: string;
  kubectl(args: string[], options?: CommandOptions): Promise<CommandOutput>;
  get(resource: string, name: string): Promise<KubernetesObject>;
  list(resources: string, selector?: string): Promise<KubernetesObject[]>;
  apply(...objects: object[]): Promise<void>;
  /** JSON merge patch. */
  patch(resource: string, name: string, patch: object): Promise<void>;
  /** Runs a program in a pod, or in one pod of a workload such as `deploy/acme-service`, and returns its output. */
  exec(target: string, command: string[]): Promise<string>;
};

/** Binds kubectl to a namespace. */
export function inNamespace(name: string): Namespace {
  const call = (args: string[], options?: CommandOptions) => kubectl(['-n', name, ...args], options);
  return {
    name,
    kubectl: call,
    async get(resource, object) {
      return JSON.parse((await call(['get', resource, object, '-o', 'json'])).stdout) as KubernetesObject;
    },
    async list(resources, selector) {
      const { stdout } = await call(['get', resources, '-o', 'json', ...(selector ? ['-l', selector] : [])]);
      return (JSON.parse(stdout) as { items: KubernetesObject[] }).items;
    },
    async apply(...objects) {
      await call(['apply', '-f', '-'], { input: objects.map((object) => JSON.stringify(object)).join('\n---\n') });
    },
    async patch(resource, object, patch) {
      await call(['patch', resource, object, '--type=merge', '-p', JSON.stringify(patch)]);
    },
    async exec(target, command) {
      return (await call(['exec', target, '--', ...command])).stdout;
    },
  };
}

/** A condition of an object, by type. */
export function conditionOf(object: KubernetesObject | undefined, type: string): Condition | undefined {
  return (object?.status?.conditions as Condition[] | undefined)?.find((condition) => condition.type === type);
}
