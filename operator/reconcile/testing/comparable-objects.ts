import {
  appliedAnnotation,
  credentialsAnnotation,
  monitoringAnnotation,
} from '@chatstack/stack/render/kubernetes/labels.ts';
import type { KubernetesObject } from '../../runtime/object.ts';
import { builtIn } from '../../runtime/resource.ts';
import { chatStackResource, labels, watchedKinds } from '../child-kinds.ts';
import { recordKey } from '../stack-record.ts';
import type { TestCluster } from './test-cluster.ts';

/**
 * Everything that belongs to a stack, as text that is the same for stacks that came to be in different ways: without what the
 * server or chance gave (uids, versions, times, passwords and what is made of them), and without the names of stack and namespace.
 */
export async function describeObjects(cluster: TestCluster, stack: string): Promise<string[]> {
  const kinds = [chatStackResource, ...watchedKinds.filter((each) => each !== builtIn.pod)];
  const lists = await Promise.all(kinds.map((resource) => cluster.list(resource)));
  return (
    lists
      .flat()
      // The record of a plan tells of uids and generations; what it keeps are the other objects.
      .filter(({ metadata }) => metadata.name !== recordKey({ metadata: { name: stack } } as KubernetesObject).name)
      .filter(({ kind, metadata }) =>
        kind === chatStackResource.kind ? metadata.name === stack : metadata.labels?.[labels.instance] === stack,
      )
      .map((object) =>
        describe(object)
          .replaceAll(stack, 'STACK')
          .replaceAll(cluster.namespace, 'NAMESPACE')
          // Digests of what names the stack, such as of its addresses.
          .replaceAll(/\b[0-9a-f]{10}\b/g, 'DIGEST'),
      )
      .toSorted()
  );
}

const byChance = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'observedGeneration',
  'creationTimestamp',
  'managedFields',
  'lastTransitionTime',
  'startTime',
  'completionTime',
  'lastProbeTime',
  // Given by the server one after another.
  'clusterIP',
  'clusterIPs',
  'currentRevision',
  'updateRevision',
  'deployment.kubernetes.io/revision',
  'batch.kubernetes.io/controller-uid',
  'controller-uid',
  appliedAnnotation,
  credentialsAnnotation,
  monitoringAnnotation,
]);

function describe(object: KubernetesObject): string {
  const isSecret = object.kind === builtIn.secret.kind;
  return JSON.stringify(object, (key, value) => {
    if (byChance.has(key)) return undefined;
    if ((value as { name?: unknown } | null | undefined)?.name === 'CREDENTIALS_REVISION')
      return { name: 'CREDENTIALS_REVISION' };
    if (isSecret && key === 'data') return Object.keys(value as object).toSorted();
    return value as unknown;
  });
}
