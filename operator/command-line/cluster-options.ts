import type { Arguments, OptionDefinition } from './command.ts';
import type { Cluster, Machine } from './machine.ts';

/** Options of commands that talk to a cluster. */
export const clusterOptions = {
  namespace: {
    short: 'n',
    value: 'NAMESPACE',
    description: "namespace (default: the manifest's, or that of the context)",
    completes: 'namespaces',
  },
  context: {
    value: 'CONTEXT',
    description: 'context of the kubeconfig (default: its current one)',
    completes: 'contexts',
  },
  kubeconfig: {
    value: 'FILE',
    description: 'kubeconfig (default: KUBECONFIG, then ~/.kube/config)',
    completes: 'files',
  },
} as const satisfies { readonly [name: string]: OptionDefinition };

/** The option of commands that answer programs too. */
export const outputOption = {
  output: { short: 'o', value: 'FORM', choices: ['text', 'json'], description: 'what to print (default: text)' },
} as const satisfies { readonly [name: string]: OptionDefinition };

/** A cluster, and the namespace that the arguments choose in it. */
export interface Place {
  readonly cluster: Cluster;
  readonly namespace: string;
}

/** Opens the cluster that the arguments name. */
export async function openPlace({ values }: Arguments, machine: Machine): Promise<Place> {
  const cluster = await machine.openCluster({ context: values.context, kubeconfig: values.kubeconfig });
  return { cluster, namespace: values.namespace ?? cluster.namespace };
}
