import { nothingObserved, type Observed } from '@chatstack/stack/plan/plan-input.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { type Decided, decide } from './decide.ts';
import { settleObjects } from './follow-record.ts';
import { ownPlanner, type Planner } from './planner.ts';
import { buildRecord, isLaterMinor, readRecord } from './stack-record.ts';

const stack = (spec: object = {}): KubernetesObject => ({
  apiVersion: 'chatstack.dev/v1alpha1',
  kind: 'ChatStack',
  metadata: { name: 'acme', namespace: 'chat', uid: 'u', generation: 1 },
  spec,
});
const external = {
  postgres: { mode: 'External', external: { host: 'db', database: 'chat', secretRef: { name: 'login' } } },
};
const options = { namespace: 'chat', owner: { uid: 'u' }, credentialsRevision: 'one' };
const seeing = (maxConnections: number): Observed => ({ ...nothingObserved, maxConnections });

function decideWith(spec: object, observed: Observed, planner: Planner, record?: KubernetesObject): Promise<Decided> {
  const input = { serviceImage: undefined, volume: undefined, observed, planner, record: readRecord(record) };
  return decide(stack(spec), input);
}

async function recordOf(spec: object, observed: Observed, planner = ownPlanner): Promise<KubernetesObject> {
  const decided = await decideWith(spec, observed, planner);
  if (decided.kind !== 'apply') throw new Error(`expected a plan, found ${JSON.stringify(decided)}`);
  const { plan, objects } = await settleObjects(decided, options, planner);
  return buildRecord(stack(spec), { version: planner.version, observed, options, plan, objects });
}

const newer: Planner = {
  ...ownPlanner,
  version: '99.0.0',
  plan: (input) => planStack({ ...input, images: { ...input.images, service: 'newer:1' } }),
};
const imageOf = (decided: Decided) => (decided.kind === 'apply' ? decided.plan.service.image : decided.kind);
const limitOf = (decided: Decided) => (decided.kind === 'apply' ? decided.plan.budgets.postgres.limit : decided.kind);

describe('the plan that counts', () => {
  test("what is seen anew counts at once while this version's plans are those recorded", async () => {
    const record = await recordOf(external, seeing(100));
    expect(limitOf(await decideWith(external, seeing(300), ownPlanner, record))).toBe(300);
    expect(await decideWith(external, seeing(10), ownPlanner, record)).toMatchObject({ kind: 'refused', of: 'budget' });
  });

  test('but moves no stack to the defaults of another version', async () => {
    const record = await recordOf(external, seeing(100));
    const decided = await decideWith(external, seeing(300), newer, record);
    expect(imageOf(decided)).not.toBe('newer:1');
    expect(limitOf(decided)).toBe(100);
  });

  test.each([
    ['no record', undefined],
    ['a record that says nothing', { data: {} }],
    ['a record whose content was edited', { binaryData: { 'content.json.gz': 'H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==' } }],
    ['a record whose content is no archive', { binaryData: { 'content.json.gz': 'b29wcw==' } }],
  ])('with %s the stack is planned anew', async (_, damage) => {
    const record = damage && { ...(await recordOf({}, nothingObserved)), ...damage };
    expect(imageOf(await decideWith({}, nothingObserved, newer, record))).toBe('newer:1');
  });

  test('a stack that was made again under its name is planned anew', async () => {
    const record = await recordOf({}, nothingObserved);
    const input = { serviceImage: undefined, volume: undefined, observed: nothingObserved, planner: newer };
    const again = { ...stack(), metadata: { ...stack().metadata, uid: 'another' } };
    expect(imageOf(await decide(again, { ...input, record: readRecord(record) }))).toBe('newer:1');
  });

  test('a suspended stack stays suspended', async () => {
    const record = await recordOf({}, nothingObserved);
    expect((await decideWith({ suspend: true }, nothingObserved, newer, record)).kind).toBe('suspended');
  });

  test('fields and groups that an older version did not know come from this one', async () => {
    const older = await recordOf({}, nothingObserved, {
      ...ownPlanner,
      plan: (input) => {
        const planned = planStack(input);
        if (!planned.ok) return planned;
        const { requires: _, ...plan } = planned.plan;
        return { ...planned, plan: plan as typeof planned.plan };
      },
      render: (plan, given) => {
        const { backup: _, ...objects } = renderKubernetes(plan, given);
        return objects as ReturnType<typeof renderKubernetes>;
      },
    });
    const decided = await decideWith({}, nothingObserved, newer, older);
    if (decided.kind !== 'apply') throw new Error(`expected a plan, found ${decided.kind}`);
    expect(decided.plan.requires).toEqual([]);
    const settled = await settleObjects(decided, options, newer);
    expect(settled.objects.backup).toEqual([]);
    expect(settled.isNew).toBe(false);
  });

  test('an operator that was installed elsewhere is let in, and nothing else changes', async () => {
    const before = { ...options, operator: { namespace: 'here', podLabels: { app: 'operator' } } };
    const first = await decideWith({}, nothingObserved, ownPlanner);
    if (first.kind !== 'apply') throw new Error(`expected a plan, found ${first.kind}`);
    const { plan, objects } = await settleObjects(first, before, ownPlanner);
    const { version } = ownPlanner;
    const record = buildRecord(stack(), { version, observed: nothingObserved, options: before, plan, objects });
    const decided = await decideWith({}, nothingObserved, newer, record);
    if (decided.kind !== 'apply') throw new Error(`expected a plan, found ${decided.kind}`);
    const elsewhere = { ...options, operator: { namespace: 'there', podLabels: { app: 'operator' } } };
    const settled = await settleObjects(decided, elsewhere, newer);
    expect(settled).toMatchObject({ version, isNew: true });
    expect(JSON.stringify(settled.objects.policies)).toContain('"there"');
    expect({ ...settled.objects, policies: [] }).toEqual({ ...JSON.parse(JSON.stringify(objects)), policies: [] });
  });

  test('a record of a spec is small', async () => {
    const { binaryData } = await recordOf({ size: 'large' }, nothingObserved);
    expect((binaryData as Record<string, string>)['content.json.gz']?.length).toBeLessThan(64_000);
  });
});

test.each([
  ['0.2.0', '0.1.9', true],
  ['1.0.0', '0.9.0', true],
  ['0.1.9', '0.1.0', false],
  ['0.1.0', '0.2.0', false],
  ['0.10.0', '0.9.0', true],
  ['1.0.0-rc.1', '1.0.0', false],
])('%s is of a later minor release than %s: %s', (one, other, is) => {
  expect(isLaterMinor(one, other)).toBe(is);
});
