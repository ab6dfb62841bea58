import { chatStackResource } from '../reconcile/child-kinds.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { awaitObject } from './await-object.ts';
import type { Place } from './cluster-options.ts';
import type { Machine } from './machine.ts';

/** What a version of a stack tells of a request: whether it is over, and what there is to say of it. */
export type Progress = { readonly isOver: boolean; readonly text?: string };

/** What is followed. */
export interface Followed {
  readonly name: string;
  /** The field of the status that tells of it, such as `restore`. */
  readonly field: string;
  readonly read: (stack: KubernetesObject) => Progress;
}

/**
 * Tells how far the operator is with a request until it is over, each text once. Resolves with the stack as it is then; undefined when
 * the command was stopped, and has said where to look.
 */
export async function followStack(
  { cluster, namespace }: Place,
  { name, field, read }: Followed,
  machine: Machine,
): Promise<KubernetesObject | undefined> {
  let told: string | undefined;
  const holds = (stack: KubernetesObject) => {
    const { isOver, text } = read(stack);
    if (text !== undefined && text !== told) machine.out(`${text}\n`);
    told = text ?? told;
    return isOver;
  };
  const target = { resource: chatStackResource, key: { namespace, name }, holds };
  const ended = await awaitObject(cluster.client, target, machine.listenForStop());
  if (ended === undefined)
    machine.err(
      `chatstack: it goes on by itself; see status.${field}: kubectl get chatstack ${name} -n ${namespace} -o yaml\n`,
    );
  return ended;
}
