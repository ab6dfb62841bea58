import { isNotFound } from '../runtime/api-error.ts';
import { type Clock, pause, systemClock } from '../runtime/clock.ts';
import type { KubernetesClient } from '../runtime/kubernetes-client.ts';
import type { Log } from '../runtime/log.ts';
import { chatStackResource } from './child-kinds.ts';

/** How to wait for the custom resource. */
export interface AwaitCustomResourceOptions {
  readonly client: Pick<KubernetesClient, 'list'>;
  readonly namespace: string | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** Between two looks: installing a CRD takes a person longer. */
const retryMilliseconds = 5_000;

/**
 * Resolves to true when the API server serves ChatStacks, to false at abort. While it doesn't, the log says what is missing
 * and how to install it, instead of the "404 page not found" that watches would report.
 */
export async function awaitCustomResource(options: AwaitCustomResourceOptions): Promise<boolean> {
  const { client, log, signal, clock = systemClock } = options;
  // Whether the kind is served is asked, not which there are: this selects at most a few.
  const fieldSelector = 'metadata.name=chatstack';
  const selection = { fieldSelector, ...(options.namespace === undefined ? {} : { namespace: options.namespace }) };
  while (!signal.aborted) {
    try {
      await client.list(chatStackResource, selection);
      log.info({}, 'the cluster serves ChatStacks');
      return true;
    } catch (error) {
      if (isNotFound(error)) {
        log.error(
          { retryMilliseconds },
          'expected the CustomResourceDefinition chatstacks.chatstack.dev in the cluster, found none; install it: ' +
            'kubectl apply --server-side -f charts/chatstack-operator/crds/',
        );
      } else {
        log.warn({ error, retryMilliseconds }, 'ChatStacks could not be listed');
      }
    }
    await pause(clock, retryMilliseconds, signal);
  }
  return false;
}
