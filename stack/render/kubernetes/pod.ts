import type { EnvironmentVariable, Resources, StackPlan } from '../../plan/stack-plan.ts';
import { buildLabels, type Component, credentialsAnnotation, restartAnnotation } from './labels.ts';
import type { RenderOptions } from './manifest.ts';

/** A volume and where the container sees it. */
export interface Mount {
  readonly name: string;
  readonly path: string;
  readonly readOnly?: boolean;
  /** The volume source as Kubernetes names it, for example `{ emptyDir: {} }`. */
  readonly source: { readonly [kind: string]: unknown };
}

/** A pod with one container, as every component here is. */
export interface PodInput {
  readonly component: Component;
  /** uid and gid the container runs as; its volumes belong to this group. */
  readonly user: number;
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: readonly EnvironmentVariable[];
  readonly resources: Resources;
  readonly ports: { readonly [name: string]: number };
  readonly mounts: readonly Mount[];
  readonly probes: { readonly [probe: string]: unknown };
  readonly lifecycle?: { readonly [hook: string]: unknown };
  readonly terminationGraceSeconds: number;
  /** Hash of what only a restart brings into force; unset where the template says it all. */
  readonly restartHash?: string;
  readonly writableRoot?: boolean;
  readonly restartPolicy?: 'Never';
  /** Spread over nodes where there are several. */
  readonly spread?: boolean;
}

/** A variable the way a container takes it; passwords stay references. */
const buildVariable = (variable: EnvironmentVariable) =>
  'secret' in variable
    ? { name: variable.name, valueFrom: { secretKeyRef: { name: variable.secret.name, key: variable.secret.key } } }
    : variable.value === ''
      ? { name: variable.name }
      : { name: variable.name, value: variable.value };

const buildSpread = (stack: string, component: Component) => [
  {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: {
      matchLabels: { 'app.kubernetes.io/instance': stack, 'app.kubernetes.io/component': component },
    },
  },
];

const buildContainer = (input: PodInput) => ({
  name: input.component,
  image: input.image,
  imagePullPolicy: 'IfNotPresent',
  command: input.command,
  env: input.environment.map(buildVariable),
  ...(Object.keys(input.ports).length > 0
    ? { ports: Object.entries(input.ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })) }
    : {}),
  resources: input.resources,
  ...input.probes,
  ...(input.lifecycle ? { lifecycle: input.lifecycle } : {}),
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: !input.writableRoot,
  },
  ...(input.mounts.length > 0
    ? {
        volumeMounts: input.mounts.map(({ name, path, readOnly }) => ({
          name,
          mountPath: path,
          ...(readOnly ? { readOnly } : {}),
        })),
      }
    : {}),
});

const buildAnnotations = (options: RenderOptions, input: PodInput) => ({
  [credentialsAnnotation]: options.credentialsRevision,
  ...(input.restartHash === undefined ? {} : { [restartAnnotation]: input.restartHash }),
});

/** The template of a pod that Pod Security level "restricted" admits and that holds no token of the API. */
export const buildPodTemplate = (plan: StackPlan, options: RenderOptions, input: PodInput) => ({
  metadata: {
    labels: buildLabels(plan.name, input.component),
    // A pod that runs once reads its passwords once, whatever becomes of them later.
    ...(input.restartPolicy === 'Never' ? {} : { annotations: buildAnnotations(options, input) }),
  },
  spec: {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: input.terminationGraceSeconds,
    ...(input.restartPolicy ? { restartPolicy: input.restartPolicy } : {}),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: input.user,
      runAsGroup: input.user,
      fsGroup: input.user,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(input.spread ? { topologySpreadConstraints: buildSpread(plan.name, input.component) } : {}),
    containers: [buildContainer(input)],
    ...(input.mounts.length > 0 ? { volumes: input.mounts.map(({ name, source }) => ({ name, ...source })) } : {}),
  },
});

/** A folder in memory for what a start script writes: passwords never reach a disk. */
export const memoryMount = (name: string, path: string, sizeLimit: string): Mount => ({
  name,
  path,
  source: { emptyDir: { medium: 'Memory', sizeLimit } },
});

/** The files of a component's ConfigMap as a folder: a single file (subPath) would never be updated. */
export const configurationMount = (configMap: string, path: string): Mount => ({
  name: 'configuration',
  path,
  readOnly: true,
  source: { configMap: { name: configMap } },
});
