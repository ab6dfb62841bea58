import type { Observed } from '@chatstack/stack/plan/plan-input.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { backupClaimName } from '@chatstack/stack/render/kubernetes/backup.ts';
import {
  appliedAnnotation,
  credentialsAnnotation,
  monitoringAnnotation,
  secretsAnnotation,
} from '@chatstack/stack/render/kubernetes/labels.ts';
import { listObjects, type OperatorPods, type RenderOptions } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { readDashboards } from '../config/read-dashboards.ts';
import { appliedKinds, chatStackResource, fieldManager, labels, prunedKinds } from '../reconcile/child-kinds.ts';
import { decide } from '../reconcile/decide.ts';
import { settleObjects } from '../reconcile/follow-record.ts';
import { ownPlanner } from '../reconcile/planner.ts';
import { readRecord, recordKey, upgradeAnnotation } from '../reconcile/stack-record.ts';
import { ApiError, isInvalid, isNotFound } from '../runtime/api-error.ts';
import {
  buildControllerReference,
  controllerOf,
  type KubernetesObject,
  keyOf,
  type ObjectKey,
} from '../runtime/object.ts';
import { builtIn, type Resource, resourceOf } from '../runtime/resource.ts';
import type { Place } from './cluster-options.ts';
import { CommandError } from './command.ts';
import { findOperator } from './find-operator.ts';
import { refuse } from './plan-manifest.ts';
import type { ChatStackManifest } from './read-manifest.ts';

/** One object before and after an apply; without `before` it is made, without `after` it is deleted. */
export interface Change {
  readonly before?: KubernetesObject;
  readonly after?: KubernetesObject;
}

/** What an apply of a manifest would do. */
export interface Comparison {
  /** The ChatStack itself first, then its objects in the order in which they are applied, then those deleted. Unchanged ones are left out. */
  readonly changes: readonly Change[];
  readonly unchanged: number;
  /** What a reader has to know to judge it. */
  readonly notes: readonly string[];
}

/** How a comparison is made. */
export interface CompareOptions {
  readonly serviceImage: string | undefined;
  /** As after `chatstack upgrade`. */
  readonly upgrade: boolean;
}

/**
 * Compares a manifest with the cluster: the API server tries the ChatStack and each of its objects (a dry run with the operator's
 * field manager, so that fields of others stay), and answers what they would become. Nothing is written. Throws a CommandError when
 * the stack is refused.
 */
export async function compareStack(
  place: Place,
  manifest: ChatStackManifest,
  asked: CompareOptions,
): Promise<Comparison> {
  const key = { namespace: place.namespace, name: manifest.name };
  const live = await find(place, chatStackResource, key);
  const tried = await tryStack(place, live, manifest, asked);
  const operator = await observeOperator(place);
  const record = readRecord(await find(place, builtIn.configMap, recordKey(tried)));
  const decided = await decide(tried, {
    serviceImage: asked.serviceImage ?? operator.serviceImage,
    volume: await find(place, builtIn.persistentVolumeClaim, { ...key, name: `${key.name}-postgres` }),
    observed: { ...record?.inputs.observed, ...(await observeDefinitions(place)) },
    record,
    backupVolume: await find(place, builtIn.persistentVolumeClaim, { ...key, name: backupClaimName(key.name) }),
    prometheusVolume: await find(place, builtIn.persistentVolumeClaim, { ...key, name: `${key.name}-prometheus` }),
  });
  if (decided.kind === 'refused') throw refuse(key.name, decided.faults);
  const own = compare(live, tried);
  if (decided.kind === 'suspended') {
    const note = 'spec.suspend is true: the operator leaves every object as it is';
    return { changes: own, unchanged: 0, notes: [note, ...operator.notes] };
  }
  const options = await renderOptions(place, tried, operator.pods, decided.plan);
  const settled = await settleObjects(decided, options, ownPlanner);
  const manifests = listObjects(settled.objects) as KubernetesObject[];
  const dry = place.cluster.dryRun(fieldManager);
  const compared = await Promise.all(
    manifests.map(async (each) => {
      const resource = resourceOf(each, appliedKinds);
      const before = await find(place, resource, keyOf(each));
      // A Job's template can't change, so that one that exists is never applied again.
      if (before !== undefined && resource === builtIn.job) return [];
      return compare(before, await explainRefusal(each, dry.apply(resource, each)));
    }),
  );
  const wanted = new Set([...manifests.map(title), `ConfigMap ${recordKey(tried).name}`]);
  const left = live === undefined ? [] : await findLeftOver(place, live, wanted);
  const notes = [
    ...operator.notes,
    ...(live === undefined ? [`Secret ${key.name}-credentials is made with new passwords, unless there is one`] : []),
    ...(settled.awaiting.length > 0
      ? [
          `kept as version ${record?.inputs.version} of the operator planned it; --upgrade shows what ${ownPlanner.version} would make of it`,
        ]
      : []),
  ];
  return {
    changes: [...own, ...compared.flat(), ...left.map((before) => ({ before }))],
    unchanged: compared.filter((each) => each.length === 0).length,
    notes,
  };
}

const title = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`;

async function find({ cluster }: Place, resource: Resource, key: ObjectKey): Promise<KubernetesObject | undefined> {
  try {
    return await cluster.client.get(resource, key);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The ChatStack as the API server would keep it: checked, and with its defaults. */
function tryStack(
  { cluster, namespace }: Place,
  live: KubernetesObject | undefined,
  manifest: ChatStackManifest,
  { upgrade }: CompareOptions,
): Promise<KubernetesObject> {
  const { apiVersion, kind } = chatStackResource;
  const annotations = { ...live?.metadata.annotations, ...(upgrade ? { [upgradeAnnotation]: 'asked for' } : {}) };
  const metadata = { ...live?.metadata, name: manifest.name, namespace, annotations };
  const object: KubernetesObject = { apiVersion, kind, metadata, spec: manifest.spec ?? {} };
  const dry = cluster.dryRun('kubectl');
  const trial = live === undefined ? dry.create(chatStackResource, object) : dry.replace(chatStackResource, object);
  return explainRefusal(object, trial);
}

async function explainRefusal(object: KubernetesObject, trial: Promise<KubernetesObject>): Promise<KubernetesObject> {
  try {
    return await trial;
  } catch (error) {
    if (isInvalid(error))
      throw new CommandError('refused', `${title(object)} is refused by the API server: ${error.message}`);
    if (isNotFound(error)) {
      const message = `${title(object)}: ${error.message}. Is the namespace there, and the kind installed? See: chatstack doctor`;
      throw new CommandError('refused', message);
    }
    throw error;
  }
}

/** What the operator of the cluster was started with, so far as one may see it. */
async function observeOperator(
  place: Place,
): Promise<{ serviceImage: string | undefined; pods: OperatorPods | undefined; notes: string[] }> {
  const operator = await findOperator(place).catch(() => undefined);
  if (operator === undefined) {
    const note = 'no operator was found; one of this version with its own defaults is assumed';
    return { serviceImage: undefined, pods: undefined, notes: [note] };
  }
  const { version } = operator;
  const differs = version !== undefined && version !== ownPlanner.version;
  const note = `the operator is version ${version}, this program ${ownPlanner.version}: it may plan otherwise`;
  return {
    serviceImage: operator.variable('SERVICE_IMAGE') || undefined,
    pods: operator.pods,
    notes: differs ? [note] : [],
  };
}

/** Which optional kinds the cluster serves; none where one may not see. */
async function observeDefinitions({ cluster }: Place): Promise<Observed> {
  const { items } = await cluster.client.list(builtIn.customResourceDefinition).catch(() => ({ items: [] }));
  return { definitions: new Set(items.map(({ metadata }) => metadata.name)) };
}

/** The revisions of passwords and other Secrets are read off the pods' templates: so it needs no right to read Secrets. */
async function renderOptions(
  place: Place,
  tried: KubernetesObject,
  operator: OperatorPods | undefined,
  { monitoring }: StackPlan,
): Promise<RenderOptions> {
  const { namespace } = place;
  const annotationsOf = async (component: string): Promise<Record<string, string>> => {
    const name = `${tried.metadata.name}-${component}`;
    const deployment = await find(place, builtIn.deployment, { namespace, name });
    const { template } = (deployment?.spec ?? {}) as {
      template?: { metadata?: { annotations?: Record<string, string> } };
    };
    return template?.metadata?.annotations ?? {};
  };
  const { [credentialsAnnotation]: credentialsRevision, [secretsAnnotation]: serviceRevision } =
    await annotationsOf('service');
  const unmade = 'made at the first apply';
  return {
    namespace,
    owner: buildControllerReference(tried),
    development: false,
    ...(operator ? { operator } : {}),
    dashboards: readDashboards(),
    credentialsRevision: credentialsRevision ?? unmade,
    ...(serviceRevision === undefined ? {} : { serviceRevision }),
    ...(monitoring === undefined
      ? {}
      : { monitoringRevision: (await annotationsOf('exporters'))[monitoringAnnotation] ?? unmade }),
  };
}

async function findLeftOver(
  { cluster, namespace }: Place,
  live: KubernetesObject,
  wanted: ReadonlySet<string>,
): Promise<KubernetesObject[]> {
  const selection = { namespace, labels: { [labels.instance]: live.metadata.name, [labels.managedBy]: fieldManager } };
  const lists = prunedKinds.map(async (resource) => {
    try {
      return (await cluster.client.list(resource, selection)).items;
    } catch (error) {
      // Kinds that the cluster doesn't serve, or doesn't show.
      if (error instanceof ApiError && [403, 404].includes(error.status)) return [];
      throw error;
    }
  });
  const objects = (await Promise.all(lists)).flat();
  return objects.filter((each) => controllerOf(each)?.uid === live.metadata.uid && !wanted.has(title(each)));
}

function compare(before: KubernetesObject | undefined, after: KubernetesObject): Change[] {
  if (before === undefined) return [{ after }];
  return JSON.stringify(essenceOf(before)) === JSON.stringify(essenceOf(after)) ? [] : [{ before, after }];
}

const incidental = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'];
const ownAnnotations = [appliedAnnotation, 'kubectl.kubernetes.io/last-applied-configuration', upgradeAnnotation];

/** What of an object its reader means: no bookkeeping, no status, keys in order, and of a Secret no value. */
export function essenceOf(object: KubernetesObject): object {
  const { status: _, ...rest } = object;
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([name]) => !incidental.includes(name)));
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(
    ([name]) => !ownAnnotations.includes(name),
  );
  const { annotations: __, ...others } = metadata;
  const kept = { ...others, ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}) };
  return sortKeys(hideSecrets({ ...rest, metadata: kept })) as object;
}

function hideSecrets(object: Record<string, unknown>): Record<string, unknown> {
  if (object.kind !== 'Secret') return object;
  const hide = (value: unknown) => Object.fromEntries(Object.keys(value ?? {}).map((name) => [name, '(hidden)']));
  return { ...object, data: hide(object.data), stringData: hide(object.stringData) };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, each]) => [name, sortKeys(each)]),
  );
}
