import { standardPorts } from '@chatstack/stack/plan/placement.ts';
import { bundleName } from '@chatstack/stack/plan/plan-tls.ts';
import { type Component, childName, tlsAnnotation } from '@chatstack/stack/render/kubernetes/labels.ts';
import type { AdminConsoleTarget } from '../pgbouncer-admin/admin-console.ts';
import { readOptional } from '../rotation/rotation-secret.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { labels } from './child-kinds.ts';
import { type CacheOf, hasPodEnded, observePods } from './children.ts';
import { readFile } from './config-maps.ts';
import { readSecretText } from './secrets.ts';

/** Bound of one command on one admin console, in milliseconds. */
export const consoleTimeoutMilliseconds = 2000;

interface PodStatus {
  podIP?: string;
  conditions?: { type: string; status: string }[];
}

const statusOf = (pod: KubernetesObject): PodStatus => (pod.status ?? {}) as PodStatus;

/** Poolers that run and have an address. One that is starting reads the new file anyway, and its readiness wakes us. */
export function observePoolers(cacheOf: CacheOf, stack: Pick<KubernetesObject, 'metadata'>): KubernetesObject[] {
  return observeServing(cacheOf, stack, 'pgbouncer');
}

/** Every pod of the poolers that runs or may still: those that start or end, but none that has ended for good, as an evicted one. */
export function observePoolerPods(cacheOf: CacheOf, stack: Pick<KubernetesObject, 'metadata'>): KubernetesObject[] {
  return observePods(cacheOf, stack, 'pgbouncer').filter((pod) => !hasPodEnded(pod));
}

/** Pods of a component that run and have an address. */
export function observeServing(
  cacheOf: CacheOf,
  stack: Pick<KubernetesObject, 'metadata'>,
  component: Component,
): KubernetesObject[] {
  return observePods(cacheOf, stack, component).filter(
    (pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod),
  );
}

/** The address of a pod that serves. */
export const addressOf = (pod: KubernetesObject): string => statusOf(pod).podIP ?? '';

const isReady = (pod: KubernetesObject): boolean =>
  statusOf(pod).podIP !== undefined &&
  statusOf(pod).conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;

/** The admin console of one pooler. `credentials`: the Secret with the generated passwords. */
export function consoleOf(
  cacheOf: CacheOf,
  pod: KubernetesObject,
  credentials: KubernetesObject,
  timeoutMilliseconds: number = consoleTimeoutMilliseconds,
): AdminConsoleTarget {
  const other = readOptional(credentials, 'other-pgbouncer-admin-password');
  return {
    host: addressOf(pod),
    port: standardPorts.pgbouncer,
    user: 'chatstack_admin',
    password: readSecretText(credentials, 'pgbouncer-admin-password'),
    ...(other === undefined ? {} : { otherPassword: other }),
    timeoutMilliseconds,
    ...trustOf(cacheOf, pod, 'pgbouncer'),
  };
}

/** Pods that encrypt are asked by their address and must be who they are called. Without authorities none is trusted. */
export function trustOf(
  cacheOf: CacheOf,
  { metadata }: KubernetesObject,
  component: Component,
): Pick<AdminConsoleTarget, 'tls'> {
  if (metadata.annotations?.[tlsAnnotation] === undefined) return {};
  const stack = metadata.labels?.[labels.instance] ?? '';
  const key = { namespace: metadata.namespace ?? '', name: bundleName(stack) };
  const ca = readFile(cacheOf(builtIn.configMap).get(key), 'ca.crt') ?? '';
  return { tls: { servername: childName(stack, component), ca: [ca] } };
}

/** Name of a stack's Postgres: of its StatefulSet, or of its Cluster of CloudNativePG. */
export const postgresName = (stack: KubernetesObject): string => childName(stack.metadata.name, 'postgres');
