import type { KubernetesClient } from './kubernetes-client.ts';
import type { RuntimeMetrics } from './metrics.ts';

/** How to reach and talk to an API server. */
export interface ClientOptions {
  /** Environment to find the cluster in: KUBECONFIG, HOME, KUBERNETES_SERVICE_HOST and …_PORT. */
  env: Readonly<Record<string, string | undefined>>;
  fieldManager: string;
  metrics?: RuntimeMetrics;
  /** Longest wait for an answer (default 30 s); watches have their own limits. */
  timeoutMilliseconds?: number;
}

/** A client for the cluster of the environment: KUBECONFIG if set, the pod's service account, or ~/.kube/config. */
export declare function connectToCluster(
  options: ClientOptions,
): Promise<{ client: KubernetesClient; namespace: string }>;
