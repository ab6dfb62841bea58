import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { kubernetesPlacement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { decideStart, nextRotation, type RotationInput, rotateAnnotation } from './rotation-due.ts';

const made = '2026-01-01T00:00:00Z';
const hours = (count: number) => Date.parse(made) + count * 3_600_000;

function planOf(spec: object): StackPlan {
  const parsed = parseChatStackSpec(spec);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const placement = kubernetesPlacement('acme');
  const planned = planStack({ name: 'acme', spec: parsed.spec, placement, images: defaultImages });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.plan;
}

const objectOf = (name: string, annotations: Record<string, string> = {}): KubernetesObject =>
  ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, creationTimestamp: made, annotations } }) as KubernetesObject;

interface Given extends Partial<Omit<RotationInput, 'plan' | 'stack' | 'secret'>> {
  readonly request?: string;
  readonly spec?: object;
  /** Annotations of the Secret. */
  readonly noted?: Record<string, string>;
}

function inputOf({ request, spec = {}, noted, ...rest }: Given): RotationInput {
  const stack = objectOf('acme', request === undefined ? {} : { [rotateAnnotation]: request });
  const usual = { now: hours(1), isOurs: true, awaiting: [], findBusy: () => undefined };
  return { stack, secret: objectOf('acme-credentials', noted), plan: planOf(spec), ...usual, ...rest };
}

const start = (given: Given) => decideStart(inputOf(given));
const monthly = { credentials: { rotateEvery: '720h' } };

describe('a rotation', () => {
  test('begins when somebody asks, once for each request', () => {
    expect(start({}).kind).toBe('none');
    expect(start({ request: 'one' })).toMatchObject({ kind: 'begin', request: 'one' });
    const noted = { 'chatstack.dev/rotation-request': 'one' };
    expect(start({ request: 'one', noted }).kind).toBe('none');
    expect(start({ request: 'two', noted })).toMatchObject({ kind: 'begin', request: 'two' });
  });

  test('begins by the schedule, counted from the last one, or from when the passwords were made', () => {
    expect(start({ spec: monthly, now: hours(719) }).kind).toBe('none');
    expect(start({ spec: monthly, now: hours(720) })).toMatchObject({ kind: 'begin', request: undefined });
    const noted = { 'chatstack.dev/rotated-at': new Date(hours(100)).toISOString() };
    expect(start({ spec: monthly, now: hours(720), noted }).kind).toBe('none');
    expect(nextRotation(inputOf({ spec: monthly, noted }))).toBe(hours(820));
    expect(nextRotation(inputOf({}))).toBeUndefined();
  });

  test('waits for what goes on, and for a stack that an older operator planned', () => {
    expect(start({ request: 'one', findBusy: () => 'service has rolled out' })).toMatchObject({
      kind: 'wait',
      message: expect.stringContaining('begins when service has rolled out'),
    });
    expect(start({ request: 'one', awaiting: ['StatefulSet acme-postgres', 'Deployment acme-redis'] })).toMatchObject({
      kind: 'wait',
      message: expect.stringMatching(/StatefulSet acme-postgres and 1 more: chatstack upgrade acme/),
    });
  });

  test("is refused where nothing is the stack's own, and where the Secret is somebody else's", () => {
    const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'login' } };
    const spec = {
      postgres: { mode: 'External', external },
      redis: { mode: 'External', external: { host: 'cache.example.com' } },
      pgbouncer: { enabled: false },
    };
    expect(start({ request: 'one', spec }).kind).toBe('refuse');
    expect(start({ request: 'one', isOurs: false })).toMatchObject({
      kind: 'refuse',
      message: expect.stringContaining('without its labels'),
    });
  });
});
