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
  authority: 'certificates',
  backup: 'backup',
  restore: 'restore',
  monitoring: 'monitoring',
  exporters: 'exporters',
  prometheus: 'prometheus',
  alertmanager: 'alertmanager',
  grafana: 'grafana',
} as const;

/** A component of a stack. */
export type Component = keyof typeof programs;

/** Annotation of every child that is written by server-side apply: the hash of its manifest. */
export const appliedAnnotation = 'chatstack.dev/applied';
/** Annotation whose change restarts the pods: a hash of the settings that nothing else brings into force. */
export const restartAnnotation = 'chatstack.dev/restart-settings';
/** Annotation with the revision of the passwords that pods start with, or a migration Job ran with. */
export const credentialsAnnotation = 'chatstack.dev/credentials';

/**
 * Annotation of a service pod with the components that it talks to, where these are not the usual ones: policies let it talk to them
 * until it is gone, and they stay as long.
 */
export const reachesAnnotation = 'chatstack.dev/reaches';
/** The components that a service pod without that annotation talks to. */
export const usuallyReached: readonly string[] = ['pgbouncer', 'redis'];
/** Annotation of a Deployment that an autoscaler scales: how many pods it has at least. */
export const scaledAnnotation = 'chatstack.dev/scaled-from';
/** Annotation with the revision of the author's Secrets that only the service reads. */
export const secretsAnnotation = 'chatstack.dev/secrets';
/** Annotation with the revision of the passwords of those that measure. */
export const monitoringAnnotation = 'chatstack.dev/monitoring-credentials';
/** Annotation of pods that encrypt what they say. */
export const tlsAnnotation = 'chatstack.dev/tls';
/** On the Secret of a stack's authority: who issues its certificates. What Automatic has chosen once is read from here. */
export const certificateSourceAnnotation = 'chatstack.dev/certificates';

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
  child: {
    readonly name: string;
    readonly component: Component;
    readonly owned?: boolean;
    /** Beside those of every child. */
    readonly labels?: { readonly [name: string]: string };
  },
): Manifest['metadata'] => {
  const owners = child.owned === false ? [] : ownerReferences(plan, options);
  return {
    name: child.name,
    namespace: options.namespace,
    labels: { ...child.labels, ...buildLabels(plan.name, child.component) },
    ...(owners.length > 0 ? { ownerReferences: owners } : {}),
  };
};
