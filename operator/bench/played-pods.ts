import { labels } from '../reconcile/child-kinds.ts';
import { isAlreadyExists } from '../runtime/api-error.ts';
import type { Informer } from '../runtime/informer.ts';
import type { KubernetesClient } from '../runtime/kubernetes-client.ts';
import { buildControllerReference, type KubernetesObject } from '../runtime/object.ts';
import { builtIn, type Resource } from '../runtime/resource.ts';

/**
 * Makes the pods of each new workload, so that an operator's caches hold what they would hold in a cluster. They run and are Ready;
 * poolers have no address, since nothing could be asked there.
 */
export function playPods(
  client: KubernetesClient,
  informerOf: (resource: Resource) => Informer,
  signal: AbortSignal,
): void {
  const giveUp = (error: unknown) => {
    // At the end the server goes first.
    if (!signal.aborted) throw error;
  };
  for (const resource of [builtIn.statefulSet, builtIn.deployment]) {
    informerOf(resource).onChange(({ type, object }) => {
      if (type === 'added' && !signal.aborted) makePods(client, object).catch(giveUp);
    });
  }
}

async function makePods(client: KubernetesClient, workload: KubernetesObject): Promise<void> {
  const { replicas, template } = workload.spec as {
    replicas: number;
    template: { metadata: { labels: Record<string, string>; annotations?: Record<string, string> }; spec: object };
  };
  const hasAddress = workload.metadata.labels?.[labels.component] !== 'pgbouncer';
  for (let index = 0; index < replicas; index += 1) {
    const key = { namespace: workload.metadata.namespace ?? '', name: `${workload.metadata.name}-${index}` };
    const ownerReferences = [buildControllerReference(workload)];
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...key, ...template.metadata, ownerReferences },
      spec: template.spec,
    };
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: now,
    }));
    const address = hasAddress ? { podIP: '192.0.2.1', podIPs: [{ ip: '192.0.2.1' }] } : {};
    try {
      await client.create(builtIn.pod, pod);
      await client.patch(builtIn.pod, key, { status: { phase: 'Running', conditions, ...address } }, 'status');
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}
