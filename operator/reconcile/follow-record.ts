import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import {
  type KubernetesObjects,
  listObjects,
  type RenderOptions,
} from '@chatstack/stack/render/kubernetes/manifest.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import type { Decided } from './decide.ts';
import type { Planner } from './planner.ts';
import { digestOf, digestsOf, isLaterMinor, requestOf, type StackRecord } from './stack-record.ts';

/** A stack that nobody asked to be planned anew since its record was made. */
export interface Kept {
  readonly record: StackRecord;
  /** What this version would make of it. */
  readonly anew: Decided;
}

/** What following a record needs. */
export interface FollowInput {
  readonly stack: KubernetesObject;
  readonly record: StackRecord | undefined;
  readonly planner: Planner;
  /** What this version decides of the stack, with what is observed now, or with what the record was planned with. */
  readonly decide: (observed?: StackRecord['inputs']['observed']) => Decided;
}

/**
 * Decides which plan counts, this version's or the recorded one:
 *
 *   the record is of a later minor release                    ──▶ refused: an older operator leaves the stack alone
 *   no record, or the spec or the upgrade annotation changed  ──▶ this version's
 *   this version plans the same                               ──▶ the same
 *   it would have planned the same from what was observed then──▶ this version's: something around the stack has changed
 *   it plans otherwise from the very same inputs              ──▶ the recorded one: an upgrade changes nothing by itself
 */
export async function followRecord({ stack, record, planner, decide }: FollowInput): Promise<Decided> {
  if (record !== undefined && isLaterMinor(record.inputs.version, planner.version)) {
    return refuseOlder(stack, record.inputs.version, planner.version);
  }
  const anew = decide();
  if (record === undefined || anew.kind === 'suspended' || !isAnswered(stack, record)) return anew;
  if (plansAs(record, anew)) return anew.kind === 'apply' ? { ...anew, kept: { record, anew } } : anew;
  if (plansAs(record, decide(record.inputs.observed))) return anew;
  const content = await record.open();
  if (content === undefined) return anew;
  return { kind: 'apply', plan: fillIn(content.plan, anew), kept: { record, anew } };
}

const isAnswered = (stack: KubernetesObject, { inputs }: StackRecord): boolean => {
  const { uid, generation, upgrade } = requestOf(stack);
  return inputs.uid === uid && inputs.generation === generation && inputs.upgrade === upgrade;
};

const plansAs = ({ inputs }: StackRecord, decided: Decided): boolean =>
  'plan' in decided && decided.plan !== undefined && digestOf(decided.plan) === inputs.plan;

function refuseOlder(stack: KubernetesObject, planned: string, own: string): Decided {
  const { name } = stack.metadata;
  const fault = {
    path: 'operator version',
    expected: `${planned.split('.').slice(0, 2).join('.')} or newer, because version ${planned} planned this stack`,
    found: own,
    remedy: `run the newer operator again. To go back nevertheless, delete ConfigMap ${name}-plan: this version then plans the stack anew, and its pods roll`,
  };
  return { kind: 'refused', of: 'version', faults: [fault] };
}

/** What a plan may lack because the stack is without it: it is not made up for. */
const additions: ReadonlySet<string> = new Set(['monitoring']);

/** Fields that a plan of an older version lacks, of the whole or of a component, as this version plans them. */
function fillIn(plan: StackPlan, anew: Decided): StackPlan {
  if (!('plan' in anew) || anew.plan === undefined) return plan;
  const lacking = Object.entries(anew.plan).filter(([name]) => name in plan || !additions.has(name));
  const filled = lacking.map(([name, value]) => {
    const recorded: unknown = plan[name as keyof StackPlan];
    return [name, isFields(recorded) && isFields(value) ? { ...value, ...recorded } : (recorded ?? value)];
  });
  return Object.fromEntries(filled) as StackPlan;
}

const isFields = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects that count, and how they compare with what this version would make. */
export interface Settled {
  /** The version of the operator that planned it. */
  readonly version: string;
  readonly plan: StackPlan;
  readonly objects: KubernetesObjects;
  /** Whether the record has to be written. */
  readonly isNew: boolean;
  /** The objects that this version would make otherwise, `Kind name`, those with pods first; empty when it plans the same. */
  readonly awaiting: readonly string[];
}

/**
 * Decides which objects count, once it is known with which options they are rendered. Other passwords roll pods whatever is done,
 * so that they take along what this version makes of the stack.
 */
export async function settleObjects(
  decided: Extract<Decided, { kind: 'apply' }>,
  options: RenderOptions,
  planner: Planner,
): Promise<Settled> {
  const { kept } = decided;
  const plan = kept?.anew.kind === 'apply' ? kept.anew.plan : decided.plan;
  const objects = planner.render(plan, options);
  const anew: Settled = { version: planner.version, plan, objects, isNew: true, awaiting: [] };
  if (kept === undefined) return anew;
  const { inputs } = kept.record;
  const isSamePlan = digestOf(plan) === inputs.plan;
  if (isSamePlan && digestOf(objects) === inputs.objects) return { ...anew, isNew: false };
  const { options: asked, operator } = digestsOf(options);
  const recorded = asked === inputs.options ? await kept.record.open() : undefined;
  if (recorded === undefined) return anew;
  const hasMoved = operator !== inputs.operator;
  const complete = {
    ...Object.fromEntries(Object.keys(objects).map((group) => [group, recorded.objects[group as Group] ?? []])),
    // Policies name the operator's pods, and Prometheus reads its metrics. One that was installed elsewhere has to be let in and found.
    ...(hasMoved ? renderWhoFollows(planner, decided.plan, options) : {}),
  } as KubernetesObjects;
  const awaiting = compareObjects(complete, objects);
  return { version: inputs.version, plan: decided.plan, objects: complete, isNew: hasMoved, awaiting };
}

const renderWhoFollows = (
  planner: Planner,
  plan: StackPlan,
  options: RenderOptions,
): Pick<KubernetesObjects, 'policies' | 'monitoring'> => {
  const { policies, monitoring } = planner.render(plan, options);
  return { policies, monitoring };
};

type Group = keyof KubernetesObjects;

function compareObjects(recorded: KubernetesObjects, anew: KubernetesObjects): string[] {
  const index = (objects: KubernetesObjects) =>
    new Map(listObjects(objects).map((each) => [`${each.kind} ${each.metadata.name}`, digestOf(each)]));
  const [before, after] = [index(recorded), index(anew)];
  const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  const isWorkload = (name: string) => /^(StatefulSet|Deployment) /.test(name);
  return [...differing.filter(isWorkload), ...differing.filter((name) => !isWorkload(name))];
}
