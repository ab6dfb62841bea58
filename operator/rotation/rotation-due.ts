import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { answeredRequest, rotatedAt, rotatedKeys } from './rotation-secret.ts';

/** Annotation of a ChatStack that asks for a rotation: another value asks for another one. */
export const rotateAnnotation = 'chatstack.dev/rotate';

/** What it follows from whether a rotation begins. */
export interface RotationInput {
  readonly stack: KubernetesObject;
  readonly secret: KubernetesObject;
  readonly plan: StackPlan;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether the Secret is the operator's to write. */
  readonly isOurs: boolean;
  /** Objects that this version of the operator would make otherwise. */
  readonly awaiting: readonly string[];
  /** Asked when a rotation is due: what has to end before it, in words. */
  readonly findBusy: () => string | undefined;
}

/** Whether a rotation begins: `none` is due, it has to `wait` for something, there is nothing to rotate (`refuse`), or it may `begin`. */
export type RotationStart =
  | { readonly kind: 'none' }
  | { readonly kind: 'wait' | 'refuse'; readonly message: string }
  | { readonly kind: 'begin'; readonly request: string | undefined; readonly reason: string };

/** When the passwords are due by the schedule, in milliseconds since 1970; undefined without one. */
export function nextRotation({ secret, plan }: Pick<RotationInput, 'secret' | 'plan'>): number | undefined {
  if (plan.rotateEvery === undefined) return undefined;
  const since = rotatedAt(secret) ?? Date.parse(secret.metadata.creationTimestamp ?? '');
  return Number.isNaN(since) ? undefined : since + plan.rotateEvery * 1000;
}

/** Decides whether a rotation begins now. */
export function decideStart(input: RotationInput): RotationStart {
  const { stack, secret, plan, now, isOurs, awaiting } = input;
  const request = stack.metadata.annotations?.[rotateAnnotation];
  const isAsked = request !== undefined && request !== answeredRequest(secret);
  const isDue = (nextRotation(input) ?? Number.POSITIVE_INFINITY) <= now;
  if (!isAsked && !isDue) return { kind: 'none' };
  if (rotatedKeys(plan).length === 0) return { kind: 'refuse', message: explainNothing(secret) };
  if (!isOurs) return { kind: 'refuse', message: explainForeign(secret) };
  if (awaiting.length > 0) return { kind: 'wait', message: explainOlder(stack, awaiting) };
  const busy = input.findBusy();
  if (busy !== undefined) return { kind: 'wait', message: `a rotation is due, and begins when ${busy}` };
  const reason = isAsked ? `annotation ${rotateAnnotation} asks for it` : 'spec.credentials.rotateEvery is over';
  return { kind: 'begin', request: isAsked ? request : undefined, reason };
}

const explainNothing = ({ metadata: { name } }: KubernetesObject): string =>
  `expected a server that the stack runs itself, found none: Postgres and Redis are somebody else's, who rotates their passwords; Secret ${name} holds none that is in use`;

const explainForeign = ({ metadata: { name } }: KubernetesObject): string =>
  `expected Secret ${name} to be the operator's, found it without its labels: somebody made it before the stack, and changes its passwords`;

const explainOlder = ({ metadata: { name } }: KubernetesObject, awaiting: readonly string[]): string =>
  `a rotation is due, and begins when the stack is as this version of the operator plans it, which would change ${awaiting[0]}` +
  `${awaiting.length > 1 ? ` and ${awaiting.length - 1} more` : ''}: chatstack upgrade ${name}`;
