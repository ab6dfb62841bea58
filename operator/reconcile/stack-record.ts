import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Observed } from '@chatstack/stack/plan/plan-input.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { KubernetesObjects, RenderOptions } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { buildControllerReference, type KubernetesObject, type ObjectKey } from '../runtime/object.ts';
import { fieldManager, labels } from './child-kinds.ts';
import { readFile } from './config-maps.ts';

/** Annotation of a ChatStack: another value asks for a new plan by the operator that runs now. */
export const upgradeAnnotation = 'chatstack.dev/upgrade';

/** The newest form of records that this code reads. */
const format = 1;

/** What a stack was planned from, and by whom. */
export interface RecordedInputs {
  readonly format: number;
  /** Version of the operator. */
  readonly version: string;
  /** uid and generation of the ChatStack, and the value of its upgrade annotation. */
  readonly uid: string;
  readonly generation: number;
  readonly upgrade: string;
  readonly observed: Observed;
  /** Digests of the options it was rendered with, of where the operator was, of the plan, and of the objects. */
  readonly options: string;
  readonly operator: string;
  readonly plan: string;
  readonly objects: string;
}

/** A stack as it was last planned: while nobody asks for a new plan, it is kept to, whichever version of the operator runs. */
export interface StackRecord {
  readonly inputs: RecordedInputs;
  /** Reads and unpacks plan and objects; `undefined` when they are not what the digests say. */
  open(): Promise<RecordedContent | undefined>;
}

/** What a stack is kept to. */
export interface RecordedContent {
  readonly plan: StackPlan;
  readonly objects: KubernetesObjects;
}

/** Where the record of a stack is: a ConfigMap `<stack>-plan`, owned by the stack. */
export const recordKey = ({ metadata }: KubernetesObject): ObjectKey => ({
  namespace: metadata.namespace ?? '',
  name: `${metadata.name}-plan`,
});

/** A digest of plain data: equal for equal JSON. */
export const digestOf = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('hex')
    .slice(0, 32);

/**
 * Digests of options: where the operator is apart from the rest, for it changes no pod. Where its metrics are follows from that, and former
 * versions did not say. Dashboards are those of this version, and change with it.
 */
export const digestsOf = ({
  operator,
  dashboards: _,
  ...rest
}: RenderOptions): Pick<RecordedInputs, 'options' | 'operator'> => ({
  options: digestOf(rest),
  operator: digestOf(operator && { namespace: operator.namespace, podLabels: operator.podLabels }),
});

/** What identifies a request for a plan: a changed spec, or a changed upgrade annotation, asks for a new one. */
export const requestOf = ({ metadata }: KubernetesObject): Pick<RecordedInputs, 'uid' | 'generation' | 'upgrade'> => ({
  uid: metadata.uid ?? '',
  generation: metadata.generation ?? 0,
  upgrade: metadata.annotations?.[upgradeAnnotation] ?? '',
});

/** What was observed, as JSON: sets are lists there. */
type WrittenObserved = Omit<Observed, 'definitions' | 'serviceReaches'> & {
  readonly definitions?: readonly string[];
  readonly serviceReaches?: readonly string[];
};

const writeObserved = ({ definitions, serviceReaches, ...rest }: Observed): WrittenObserved => ({
  ...rest,
  definitions: [...definitions].toSorted(),
  ...(serviceReaches && { serviceReaches: [...serviceReaches].toSorted() }),
});

const readObserved = ({ definitions, serviceReaches, ...rest }: WrittenObserved = {}): Observed => ({
  ...rest,
  definitions: new Set(definitions),
  ...(serviceReaches && { serviceReaches: new Set(serviceReaches) }),
});

/** What a record is made of. */
export interface RecordInput {
  readonly version: string;
  readonly observed: Observed;
  readonly options: RenderOptions;
  readonly plan: StackPlan;
  readonly objects: KubernetesObjects;
}

/** Builds the ConfigMap that keeps a stack's record. */
export function buildRecord(
  stack: KubernetesObject,
  { version, observed, options, plan, objects }: RecordInput,
): KubernetesObject {
  const inputs = {
    format,
    version,
    ...requestOf(stack),
    observed: writeObserved(observed),
    ...digestsOf(options),
    plan: digestOf(plan),
    objects: digestOf(objects),
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...recordKey(stack),
      labels: {
        [labels.name]: 'plan',
        [labels.instance]: stack.metadata.name,
        [labels.component]: 'plan',
        [labels.partOf]: 'chatstack',
        [labels.managedBy]: fieldManager,
      },
      ownerReferences: [buildControllerReference(stack)],
    },
    data: { 'inputs.json': JSON.stringify(inputs) },
    binaryData: { 'content.json.gz': gzipSync(JSON.stringify({ plan, objects }), { level: 9 }).toString('base64') },
  };
}

/**
 * Reads a record; one that can't be read counts as none, except that its version is known when a newer operator made it. `readPacked` gives
 * its packed content, where the ConfigMap came without.
 */
export function readRecord(
  configMap: KubernetesObject | undefined,
  readPacked = async () => packedContent(configMap),
): StackRecord | undefined {
  const parsed = parseJson(readFile(configMap, 'inputs.json') ?? '') as
    | (Omit<RecordedInputs, 'observed'> & { observed?: WrittenObserved })
    | undefined;
  if (typeof parsed?.version !== 'string' || typeof parsed.format !== 'number') return undefined;
  const inputs: RecordedInputs = { ...parsed, observed: readObserved(parsed.observed) };
  return { inputs, open: async () => (inputs.format > format ? undefined : openContent(await readPacked(), inputs)) };
}

/** The packed content of a record; empty where there is none. */
export function packedContent(configMap: KubernetesObject | undefined): Buffer {
  const { 'content.json.gz': packed = '' } = (configMap?.binaryData ?? {}) as Record<string, string>;
  return Buffer.from(packed, 'base64');
}

function openContent(packed: Buffer, inputs: RecordedInputs): RecordedContent | undefined {
  const content = parseJson(unpack(packed)) as RecordedContent | undefined;
  const isWhole =
    content !== undefined && digestOf(content.plan) === inputs.plan && digestOf(content.objects) === inputs.objects;
  return isWhole ? content : undefined;
}

function unpack(packed: Buffer): string {
  try {
    return gunzipSync(packed).toString('utf8');
  } catch {
    return '';
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a version is of a later minor release: releases of one minor may be exchanged at will. */
export function isLaterMinor(version: string, than: string): boolean {
  const [one, other] = [version, than].map((each) => each.split('.').map((part) => Number.parseInt(part, 10)));
  const [major = 0, minor = 0] = one ?? [];
  const [otherMajor = 0, otherMinor = 0] = other ?? [];
  return major > otherMajor || (major === otherMajor && minor > otherMinor);
}
