import { groupVersion } from '../../api/chat-stack.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import type { Manifest, OwnerReference, RenderOptions } from './manifest.ts';

/** The components of a stack → the program that runs in each. */
export const programs = {
  postgres: 'postgres',
  pgbouncer: 'pgbouncer',
  redis: 'redis',
  service: 'chat-service',
  migration: 'migrate',
} as const;

/** A component of a stack. */
export type Component = keyof typeof programs;

/** Annotation whose change restarts the pods: a hash of the settings that nothing else brings into force. */
export const restartAnnotation = 'chatstack.dev/restart-settings';
/** Annotation with the revision of the passwords that pods start with, or a migration Job ran with. */
export const credentialsAnnotation = 'chatstack.dev/credentials';

/** Labels of every child. */
export const buildLabels = (stack: string, component: Component): { readonly [name: string]: string } => ({
  'app.kubernetes.io/name': programs[component],
  'app.kubernetes.io/instance': stack,
  'app.kubernetes.io/component': component,
  'app.kubernetes.io/part-of': 'chatstack',
  'app.kubernetes.io/managed-by': 'chatstack-operator',
});

/** The labels by which Services and workloads find their pods. Immutable in workloads, hence few. */
export const buildSelector = (stack: string, component: Component): { readonly [name: string]: string } => ({
  'app.kubernetes.io/instance': stack,
  'app.kubernetes.io/component': component,
});

/** Name of a child: `<stack>-<component>`. */
export const childName = (stack: string, component: string): string => `${stack}-${component}`;

const ownerReferences = (plan: StackPlan, { owner }: RenderOptions): readonly OwnerReference[] =>
  owner === undefined
    ? []
    : [
        {
          apiVersion: groupVersion,
          kind: 'ChatStack',
          name: plan.name,
          uid: owner.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ];

/** What a child is called and whose it is. `owned: false` for what outlives its ChatStack. */
export const buildMetadata = (
  plan: StackPlan,
  options: RenderOptions,
  child: { readonly name: string; readonly component: Component; readonly owned?: boolean },
): Manifest['metadata'] => {
  const owners = child.owned === false ? [] : ownerReferences(plan, options);
  return {
    name: child.name,
    namespace: options.namespace,
    labels: buildLabels(plan.name, child.component),
    ...(owners.length > 0 ? { ownerReferences: owners } : {}),
  };
};
