import type { EnvironmentVariable, Resources, StackPlan } from '../../plan/stack-plan.ts';
import {
  buildLabels,
  type Component,
  credentialsAnnotation,
  monitoringAnnotation,
  reachesAnnotation,
  restartAnnotation,
  secretsAnnotation,
  tlsAnnotation,
  usuallyReached,
} from './labels.ts';
import type { RenderOptions } from './manifest.ts';

/** A volume and where the container sees it. */
export interface Mount {
  readonly name: string;
  readonly path: string;
  readonly readOnly?: boolean;
  /** The volume source as Kubernetes names it, for example `{ emptyDir: {} }`. */
  readonly source: { readonly [kind: string]: unknown };
}

/** A container that runs to its end before the pod's own. It sees the same volumes. */
export interface EarlierContainer {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: readonly EnvironmentVariable[];
}

/** A container that runs beside the pod's own, and whose trouble is its own: nothing asks whether it is ready. */
export interface OtherContainer extends EarlierContainer {
  readonly resources: Resources;
  readonly ports: { readonly [name: string]: number };
  /** Unset: none. */
  readonly mounts?: readonly Mount[];
}

/** A pod with its container, and those that run before and beside it. */
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
  readonly earlier?: readonly EarlierContainer[];
  readonly others?: readonly OtherContainer[];
  /** Name of its container; unset: that of the component. */
  readonly containerName?: string;
  /** The ServiceAccount that it asks the API of Kubernetes as; unset: it holds no token. */
  readonly serviceAccount?: string;
  /** The last lines of a container that failed are kept in the status of its pod. */
  readonly tellsFailure?: boolean;
  /** Spread over nodes where there are several. */
  readonly spread?: boolean;
}

/** A variable the way a container takes it; passwords stay references. */
const buildVariable = (variable: EnvironmentVariable) =>
  'secret' in variable
    ? {
        name: variable.name,
        valueFrom: {
          secretKeyRef: {
            name: variable.secret.name,
            key: variable.secret.key,
            ...(variable.optional ? { optional: true } : {}),
          },
        },
      }
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

const buildContainer = (input: PodInput, name: string = input.component) => ({
  name,
  image: input.image,
  imagePullPolicy: 'IfNotPresent',
  command: input.command,
  ...(input.environment.length > 0 ? { env: input.environment.map(buildVariable) } : {}),
  ...(Object.keys(input.ports).length > 0
    ? { ports: Object.entries(input.ports).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })) }
    : {}),
  resources: input.resources,
  ...input.probes,
  ...(input.lifecycle ? { lifecycle: input.lifecycle } : {}),
  ...(input.tellsFailure ? { terminationMessagePolicy: 'FallbackToLogsOnError' } : {}),
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

const buildOther = ({ writableRoot: _root, ...pod }: PodInput, other: OtherContainer) => {
  const { component, user, terminationGraceSeconds } = pod;
  const input = { component, user, terminationGraceSeconds, probes: {}, mounts: [], ...other };
  return buildContainer(input, other.name);
};

/** Who reads the passwords of those that measure. */
const readsMonitoring: readonly Component[] = ['postgres', 'pgbouncer', 'exporters', 'grafana'];

/** Who reads no password of the stack. */
const readsNone: readonly Component[] = ['prometheus', 'alertmanager', 'grafana'];

const reachesUsual = ({ service: { reaches } }: StackPlan): boolean =>
  reaches.length === usuallyReached.length && usuallyReached.every((component) => reaches.includes(component));

const servers: readonly Component[] = ['postgres', 'redis'];

/** The revision of the passwords that a component's pods carry. */
export const revisionOf = ({ credentialsRevision, serversRevision }: RenderOptions, component: Component): string =>
  servers.includes(component) ? (serversRevision ?? credentialsRevision) : credentialsRevision;

const buildAnnotations = (plan: StackPlan, options: RenderOptions, input: PodInput) => ({
  ...(plan.tls === undefined ? {} : { [tlsAnnotation]: 'verified' }),
  ...(readsNone.includes(input.component) ? {} : { [credentialsAnnotation]: revisionOf(options, input.component) }),
  ...(readsMonitoring.includes(input.component) && options.monitoringRevision !== undefined
    ? { [monitoringAnnotation]: options.monitoringRevision }
    : {}),
  ...(input.component === 'service' && options.serviceRevision !== undefined
    ? { [secretsAnnotation]: options.serviceRevision }
    : {}),
  ...(input.component !== 'service' || reachesUsual(plan)
    ? {}
    : { [reachesAnnotation]: plan.service.reaches.join(',') }),
  ...(input.restartHash === undefined ? {} : { [restartAnnotation]: input.restartHash }),
});

/** An empty map would be dropped by the API server, and be written again at every apply. */
const annotate = (annotations: { readonly [name: string]: string | undefined }): object =>
  Object.keys(annotations).length === 0 ? {} : { annotations };

/** The template of a pod that Pod Security level "restricted" admits and that holds no token of the API unless it asks it. */
export const buildPodTemplate = (plan: StackPlan, options: RenderOptions, input: PodInput) => ({
  metadata: {
    labels: buildLabels(plan.name, input.component),
    // A pod that runs once reads its passwords once, whatever becomes of them later.
    ...(input.restartPolicy === 'Never' ? {} : annotate(buildAnnotations(plan, options, input))),
  },
  spec: {
    ...(input.serviceAccount === undefined
      ? { automountServiceAccountToken: false }
      : { serviceAccountName: input.serviceAccount, automountServiceAccountToken: true }),
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
    ...(input.earlier?.length
      ? { initContainers: input.earlier.map((each) => buildContainer({ ...input, ...each }, each.name)) }
      : {}),
    containers: [
      buildContainer(input, input.containerName),
      ...(input.others ?? []).map((other) => buildOther(input, other)),
    ],
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
