import { ConnectionError, isConflict, isNotFound } from '../../runtime/api-error.ts';
import type { Informer } from '../../runtime/informer.ts';
import type { KubernetesClient } from '../../runtime/kubernetes-client.ts';
import { type KubernetesObject, keyOf } from '../../runtime/object.ts';
import { builtIn, type Resource } from '../../runtime/resource.ts';

/** How the played controllers treat what they see. */
export interface Play {
  /** What becomes of a Job. */
  jobs: 'complete' | 'fail' | 'hold';
  /** Names of workloads whose pods never become ready. */
  readonly stuck: Set<string>;
}

/**
 * Plays the controllers and the kubelet that a bare API server lacks: workloads become ready at once (unless they are meant to be
 * stuck) and Jobs end as `play` says. It only ever writes statuses.
 */
export function playControllers(
  client: KubernetesClient,
  play: Play,
  informerOf: (resource: Resource) => Informer,
  signal: AbortSignal,
): void {
  for (const resource of [builtIn.statefulSet, builtIn.deployment, builtIn.job]) {
    informerOf(resource).onChange(({ type, object }) => {
      if (type === 'deleted' || signal.aborted) return;
      writeStatus(client, resource, object, play).catch((error: unknown) => {
        // What is under way at the end is cut off.
        if (!signal.aborted) throw error;
      });
    });
  }
}

async function writeStatus(
  client: KubernetesClient,
  resource: Resource,
  object: KubernetesObject,
  play: Play,
  tries = 3,
): Promise<void> {
  const status = resource === builtIn.job ? jobStatus(object, play) : workloadStatus(object, play);
  if (status === undefined) return;
  try {
    await client.patch(resource, keyOf(object), { status }, 'status');
  } catch (error) {
    // The server may end a connection that rested just when it is used again; a status can be written twice.
    if (error instanceof ConnectionError && tries > 1) return writeStatus(client, resource, object, play, tries - 1);
    // Gone or changed meanwhile: the next event plays on.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

function workloadStatus(object: KubernetesObject, play: Play): object | undefined {
  const { observedGeneration } = (object.status ?? {}) as { observedGeneration?: number };
  const generation = object.metadata.generation ?? 0;
  if (observedGeneration === generation || play.stuck.has(object.metadata.name)) return undefined;
  const replicas = (object.spec as { replicas?: number }).replicas ?? 1;
  const counts = { replicas, readyReplicas: replicas, availableReplicas: replicas, updatedReplicas: replicas };
  const revision = `revision-${generation}`;
  return object.kind === 'StatefulSet'
    ? {
        observedGeneration: generation,
        ...counts,
        currentRevision: revision,
        updateRevision: revision,
        currentReplicas: replicas,
      }
    : { observedGeneration: generation, ...counts };
}

function jobStatus(object: KubernetesObject, play: Play): object | undefined {
  const { conditions = [] } = (object.status ?? {}) as { conditions?: unknown[] };
  if (play.jobs === 'hold' || conditions.length > 0) return undefined;
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: play.jobs === 'fail' ? 'BackoffLimitExceeded' : 'CompletionsReached',
    message: play.jobs === 'fail' ? 'Job has reached the specified backoff limit' : 'done',
    lastProbeTime: now,
    lastTransitionTime: now,
  });
  return play.jobs === 'fail'
    ? { startTime: now, failed: 1, conditions: [condition('FailureTarget'), condition('Failed')] }
    : {
        startTime: now,
        completionTime: now,
        succeeded: 1,
        conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
      };
}
