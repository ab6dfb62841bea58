import { type ChatClient, createChatClient } from '@chatstack/client/chat-client.ts';
import type { Message } from '@chatstack/client/messages.ts';
import { type EndToEndContext, type StackPlace, serviceUrl, stackNamespace } from './context.ts';
import { conditionOf, type KubernetesObject, type Namespace } from './kubectl.ts';
import { RESTRICTED } from './operator-release.ts';
import { PATIENCE_SECONDS, waitUntil } from './watch.ts';

/** The components whose pods run all the time, in the order in which they depend on each other. */
export const COMPONENTS = ['postgres', 'pgbouncer', 'redis', 'service'] as const;
/** One of them. */
export type Component = (typeof COMPONENTS)[number];

/** The least that stacks of these tests differ from an empty spec in. */
const withoutGrafana = (spec: object): object => ({ monitoring: { grafana: { mode: 'None' } }, ...spec });

/** A ChatStack as it is applied. */
export function buildStack(name: string, spec: object = {}): object {
  return { apiVersion: 'chatstack.dev/v1alpha1', kind: 'ChatStack', metadata: { name }, spec: withoutGrafana(spec) };
}

/** The namespace of the stacks: Pod Security "restricted", and no more room than so many of `size: small` may ask for. */
export async function prepareNamespace(namespace: Namespace, stacks = 1): Promise<void> {
  const hard = { 'requests.cpu': `${stacks}`, 'requests.memory': `${stacks * 1536}Mi` };
  await namespace.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace.name, labels: RESTRICTED } },
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'size-small', namespace: namespace.name },
      spec: { hard },
    },
  );
}

/** Makes the stack be there with `spec: {}` and Ready, whatever an earlier test file left. */
export async function ensureStack(context: EndToEndContext): Promise<KubernetesObject> {
  const namespace = stackNamespace(context);
  await prepareNamespace(namespace);
  const there = (await namespace.list('chatstacks')).some(({ metadata }) => metadata.name === context.stackName);
  if (there) await replaceSpec(context, {});
  else await namespace.apply(buildStack(context.stackName));
  return waitForReady(context);
}

/** Sets the whole spec, so that nothing of an earlier one stays. */
export async function replaceSpec(context: StackPlace, spec: object): Promise<void> {
  const patch = JSON.stringify([{ op: 'replace', path: '/spec', value: withoutGrafana(spec) }]);
  await stackNamespace(context).kubectl(['patch', 'chatstack', context.stackName, '--type=json', '-p', patch]);
}

/** Waits until the operator has seen the newest spec and says Ready. */
export async function waitForReady(context: StackPlace, timeoutSeconds = PATIENCE_SECONDS): Promise<KubernetesObject> {
  return waitForStack(context, 'the stack to be Ready', isReady, timeoutSeconds);
}

/** Waits until the stack is as `holds` says; it is asked only about statuses of the newest spec. */
export async function waitForStack(
  context: StackPlace,
  what: string,
  holds: (stack: KubernetesObject) => boolean,
  timeoutSeconds = PATIENCE_SECONDS,
): Promise<KubernetesObject> {
  const target = { namespace: stackNamespace(context), resource: 'chatstacks', name: context.stackName };
  const current = (stack: KubernetesObject) => isCurrent(stack) && holds(stack);
  const [stack] = await waitUntil(what, target, (stacks) => stacks.some(current), timeoutSeconds);
  if (!stack) throw new Error(`expected a ChatStack ${context.stackName}, found none`);
  return stack;
}

function isCurrent({ metadata, status }: KubernetesObject): boolean {
  return metadata.deletionTimestamp === undefined && status?.observedGeneration === metadata.generation;
}

function isReady(stack: KubernetesObject): boolean {
  return conditionOf(stack, 'Ready')?.status === 'True';
}

/** Labels of one component's pods, or of all of the stack's. */
export function selectorOf(
  { stackName }: StackPlace,
  component?: Component | 'migration' | 'exporters' | 'prometheus',
): string {
  const instance = `app.kubernetes.io/instance=${stackName},app.kubernetes.io/part-of=chatstack`;
  return component ? `${instance},app.kubernetes.io/component=${component}` : instance;
}

/** The pods of a component that are not being deleted. */
export async function podsOf(
  context: StackPlace,
  component: Component | 'migration' | 'exporters' | 'prometheus',
): Promise<KubernetesObject[]> {
  const pods = await stackNamespace(context).list('pods', selectorOf(context, component));
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Waits until a component has `count` ready pods and no others, none of them among `without` (uids). */
export async function waitForPods(
  context: StackPlace,
  component: Component,
  count: number,
  without: string[] = [],
): Promise<KubernetesObject[]> {
  const target = { namespace: stackNamespace(context), resource: 'pods', selector: selectorOf(context, component) };
  const holds = (pods: KubernetesObject[]) =>
    pods.length === count &&
    pods.every((pod) => conditionOf(pod, 'Ready')?.status === 'True') &&
    pods.every(({ metadata }) => !without.includes(metadata.uid) && metadata.deletionTimestamp === undefined);
  return waitUntil(`${count} ready pods of ${component}`, target, holds);
}

/** A client of the stack's service, as user-1 unless told. */
export function clientOf(context: EndToEndContext, userId = 'user-1'): ChatClient {
  return createChatClient({ baseUrl: serviceUrl(context), userId });
}

/** Puts the fixtures (user-1, user-2, conv-1 with 10 messages) into the stack, once. */
export async function installFixtures(context: EndToEndContext): Promise<void> {
  await stackNamespace(context).exec(`deploy/${context.stackName}-service`, ['node', 'service/fixtures.ts']);
}

/** All messages of a conversation, oldest first. */
export async function readAll(client: ChatClient, conversationId: string): Promise<Message[]> {
  const messages: Message[] = [];
  const limit = 100;
  for (;;) {
    const page = await client.history({ conversationId, limit, offset: messages.length });
    messages.push(...page.messages);
    if (page.messages.length < limit) return messages.sort((a, b) => a.seq - b.seq);
  }
}
