import type { Component } from '@chatstack/stack/render/kubernetes/labels.ts';
import { buildLabels } from '@chatstack/stack/render/kubernetes/labels.ts';
import { isAlreadyExists } from '../runtime/api-error.ts';
import { buildControllerReference, type KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { labels } from './child-kinds.ts';
import type { Work } from './work.ts';

/** The content of a Secret that the operator writes: texts by key, and annotations. */
export interface SecretContent {
  readonly name: string;
  readonly component: Component;
  readonly data: { readonly [key: string]: string };
  readonly annotations?: { readonly [name: string]: string };
}

/** A Secret with our labels, as the watch shows it. */
export function findStackSecret(work: Work, name: string): KubernetesObject | undefined {
  return work.tools.cacheOf(builtIn.secret).get({ namespace: work.stack.metadata.namespace ?? '', name });
}

/**
 * Writes a Secret of the stack, which goes with it: creates it, or replaces the data of the one that was `found`, unless that has
 * changed since. Throws where one of that name is not ours.
 */
export async function writeStackSecret(
  work: Work,
  found: KubernetesObject | undefined,
  content: SecretContent,
): Promise<KubernetesObject> {
  const { tools, stack } = work;
  const namespace = stack.metadata.namespace ?? '';
  const written = await (found === undefined
    ? tools.client.create(builtIn.secret, buildSecret(work, content)).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
        throw new Error(
          `Secret ${content.name} in namespace ${namespace}: expected none, or one with the label ${labels.managedBy} of the operator, ` +
            'found one of somebody else; move it away: the stack keeps keys or passwords under this name',
          { cause: error },
        );
      })
    : tools.client.patch(builtIn.secret, { namespace, name: content.name }, buildPatch(found, content)));
  tools.cacheOf(builtIn.secret).noteWritten(written);
  return written;
}

/** Makes the stack an owner of a Secret that somebody else has made for it, so that it goes with the stack. Other owners stay. */
export async function ownSecret({ tools, stack }: Work, secret: KubernetesObject): Promise<void> {
  const { name, namespace = '', resourceVersion, ownerReferences = [] } = secret.metadata;
  if (ownerReferences.some(({ uid }) => uid === stack.metadata.uid)) return;
  const { apiVersion, kind } = stack;
  const own = { apiVersion, kind, name: stack.metadata.name, uid: stack.metadata.uid ?? '' };
  const metadata = { resourceVersion, ownerReferences: [...ownerReferences, own] };
  tools
    .cacheOf(builtIn.secret)
    .noteWritten(await tools.client.patch(builtIn.secret, { name, namespace }, { metadata }));
}

const encode = (data: SecretContent['data']): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));

function buildSecret(work: Work, { name, component, data, annotations }: SecretContent): KubernetesObject {
  const { stack } = work;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: stack.metadata.namespace ?? '',
      labels: { ...buildLabels(stack.metadata.name, component) },
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ownerReferences: [buildControllerReference(stack)],
    },
    type: 'Opaque',
    data: encode(data),
  };
}

/** A merge patch: keys that the content lacks are removed. */
function buildPatch(found: KubernetesObject, { data, annotations }: SecretContent): object {
  const gone = Object.keys((found.data ?? {}) as object).filter((key) => !(key in data));
  return {
    metadata: {
      resourceVersion: found.metadata.resourceVersion,
      ...(annotations === undefined ? {} : { annotations }),
    },
    data: { ...encode(data), ...Object.fromEntries(gone.map((key) => [key, null])) },
  };
}
