import type { OperatorPods } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { labels } from '../reconcile/child-kinds.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import type { Place } from './cluster-options.ts';

/** The operator that looks after a namespace. */
export interface FoundOperator {
  readonly deployment: KubernetesObject;
  /** Where its pods are, as policies of stacks name them. */
  readonly pods: OperatorPods;
  /** As its chart labels it. */
  readonly version: string | undefined;
  /** `namespace/name` of its ServiceAccount, as access reviews name it. */
  readonly user: string;
  /** A variable of its environment, where it is set. */
  variable(name: string): string | undefined;
}

interface DeploymentSpec {
  template?: {
    spec?: { serviceAccountName?: string; containers?: { env?: { name: string; value?: string }[] }[] };
  };
}

/** Finds the Deployment of the operator that watches the namespace; ApiError where one may not look. */
export async function findOperator({ cluster, namespace }: Place): Promise<FoundOperator | undefined> {
  const selection = { labels: { [labels.name]: 'chatstack-operator' } };
  const { items } = await cluster.client.list(builtIn.deployment, selection);
  return items.map(describe).find((each) => [undefined, '', namespace].includes(each.variable('WATCH_NAMESPACE')));
}

function describe(deployment: KubernetesObject): FoundOperator {
  const { serviceAccountName = 'default', containers = [] } = (deployment.spec as DeploymentSpec).template?.spec ?? {};
  const variables = containers.flatMap(({ env = [] }) => env);
  const variable = (name: string) => variables.find((each) => each.name === name)?.value;
  const host = variable('OPERATOR_METRICS_HOST');
  return {
    deployment,
    pods: {
      namespace: deployment.metadata.namespace ?? '',
      podLabels: readLabels(variable('OPERATOR_POD_LABELS') ?? ''),
      ...(host === undefined ? {} : { metrics: { host, port: Number(variable('METRICS_PORT')) } }),
    },
    version: deployment.metadata.labels?.['app.kubernetes.io/version'],
    user: `system:serviceaccount:${deployment.metadata.namespace}:${serviceAccountName}`,
    variable,
  };
}

const readLabels = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .map((each) => each.split('='))
      .filter(([name]) => name),
  );
