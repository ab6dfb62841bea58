import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { kubernetesPlacement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import { majorOfImage } from '@chatstack/stack/plan/postgres-major.ts';
import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { checkImage } from './image-rules.ts';

const planOf = (image: string) => {
  const parsed = parseChatStackSpec({ postgres: { image } });
  if (!parsed.ok) throw new Error('expected a valid spec');
  const planned = planStack({
    name: 'acme',
    spec: parsed.spec,
    placement: kubernetesPlacement('acme'),
    images: defaultImages,
  });
  if (!planned.ok) throw new Error('expected a plan');
  return planned.plan;
};
const running = (image: string) =>
  ({
    metadata: { name: 'acme-postgres' },
    spec: { template: { spec: { containers: [{ image }] } } },
  }) as unknown as KubernetesObject;

describe('another image of Postgres', () => {
  test.each([
    ['a minor version', 'postgres:17.2', 'postgres:17.5'],
    ['another flavour', 'postgres:17.2', 'registry.example.com:5000/db/postgres:17-alpine'],
    ['one that names no version', 'postgres:17.2', 'registry.example.com:5000/postgres'],
    ['one that is named by its digest', `postgres@sha256:${'0'.repeat(64)}`, 'postgres:18'],
  ])('may be %s', (_, before, after) => {
    expect(checkImage(planOf(after), running(before))).toEqual([]);
  });

  test.each([
    ['newer', 'postgres:17.2', 'postgres:18'],
    ['older', 'postgres:18.1', 'postgres:17'],
  ])('is refused when its major version is %s, with both versions and a way', (_, before, after) => {
    const [fault] = checkImage(planOf(after), running(before));
    expect(fault).toMatchObject({ path: 'spec.postgres.image', found: expect.stringContaining(after) });
    expect(fault?.expected).toContain(before);
    expect(fault?.remedy).toContain('pg_dump');
  });

  test('is nothing to refuse before there is a Postgres', () => {
    expect(checkImage(planOf('postgres:17'), undefined)).toEqual([]);
  });
});

test.each([
  ['postgres:18', 18],
  ['postgres:18.1-alpine3.22', 18],
  ['timescale/timescaledb:pg17', 17],
  ['localhost:5000/postgres', undefined],
  ['postgres:latest', undefined],
  ['postgres:16@sha256:abc', 16],
])('the tag of %s names version %s', (image, major) => {
  expect(majorOfImage(image)).toBe(major);
});
