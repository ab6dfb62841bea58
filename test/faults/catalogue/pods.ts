import type { KubernetesObject } from '../../e2e/kubectl.ts';
import type { Component } from '../../e2e/stack.ts';
import { podsOf } from '../../e2e/stack.ts';
import type { Scene } from '../scene.ts';

/** A pod of the stack: the component, and which of its pods, counted from 0 in the order of their names. */
export type PodChoice = { readonly component: Component; readonly index: number; readonly title: string };

/** Every pod of a stack with two poolers and two service processes. */
export const EVERY_POD: readonly PodChoice[] = [
  { component: 'redis', index: 0, title: 'Redis' },
  { component: 'pgbouncer', index: 0, title: 'pooler 1' },
  { component: 'pgbouncer', index: 1, title: 'pooler 2' },
  { component: 'service', index: 0, title: 'service pod 1' },
  { component: 'service', index: 1, title: 'service pod 2' },
  { component: 'postgres', index: 0, title: 'Postgres' },
];

/** The pod that was chosen, as it is now. */
export async function findPod(
  scene: Scene,
  { component, index }: Pick<PodChoice, 'component' | 'index'>,
): Promise<KubernetesObject> {
  const pods = await podsOf(scene.place, component);
  const pod = pods.toSorted((one, other) => one.metadata.name.localeCompare(other.metadata.name))[index];
  if (pod) return pod;
  throw new Error(`expected at least ${index + 1} pods of ${component}, found ${pods.length}`);
}
