import { describe, expect, test } from '@jest/globals';
import { type MadeUpStack, makeRun } from '../testing/synthetic-run.ts';
import { findBottleneck, usesOf } from './bottleneck.ts';
import { type Group, groupBlocks } from './groups.ts';
import type { LoadRun } from './load-run.ts';

const lastStress = (run: LoadRun): Group => groupBlocks(run).findLast(({ scenario }) => scenario === 'stress') as Group;

const find = (changes: Partial<MadeUpStack>, replicas = 1) => {
  const run = makeRun({ capacity: 1_000, ...changes });
  const configurations = run.configurations.map((each) => ({
    ...each,
    fields: { ...each.fields, 'service.replicas': replicas },
  }));
  return findBottleneck(lastStress(run), { ...run, configurations });
};

const idle = { generator: 0.1, service: 0.2, redis: 0.1, pgbouncer: 0.1, postgres: 0.1 };

describe('What a stack ran out of', () => {
  test('is the process that has all the cores it can use', () => {
    const bottleneck = find({ coresPerThousand: { ...idle, service: 1.02, redis: 0.4 } });
    expect(bottleneck).toMatchObject({
      kind: 'process',
      use: { name: 'service', ceiling: 1 },
      next: { name: 'redis' },
    });
  });

  test('is none of several processes that have a core each', () => {
    expect(find({ coresPerThousand: { ...idle, service: 1.02 } }, 2).kind).toBe('unknown');
  });

  test('is the machine, where nobody has all of his and no core is left', () => {
    const bottleneck = find({ coresPerThousand: { ...idle, generator: 0.9, service: 0.8, postgres: 0.5 } });
    expect(bottleneck).toMatchObject({ kind: 'machine', next: { name: 'service' } });
  });

  test('is the pool, where clients wait and cores are left', () => {
    expect(find({ coresPerThousand: idle, queueWaitMilliseconds: 200 })).toMatchObject({ kind: 'pool' });
  });

  test('is unknown, where nothing was short', () => {
    expect(find({ coresPerThousand: idle })).toMatchObject({ kind: 'unknown', next: { name: 'service' } });
  });

  test('is looked for in the stack alone, not in what makes its load', () => {
    const run = makeRun({ coresPerThousand: { ...idle, generator: 1.5, harness: 0.1, 'idle stacks': 0.1 } });
    expect(
      usesOf(lastStress(run), run)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['pgbouncer', 'postgres', 'redis', 'service']);
  });
});
