import { describe, expect, test } from '@jest/globals';
import { groupBlocks } from '../../results/groups.ts';
import type { Block, LoadRun } from '../../results/load-run.ts';
import { type MadeUpStack, makeRun } from '../../testing/synthetic-run.ts';
import { judgeRun } from './criteria.ts';

const judge = (run: LoadRun) => judgeRun({ run, groups: groupBlocks(run) });

const TITLES = [
  'hit ratio',
  'p95 of the full stack against',
  'at 5,000',
  'queue at 10,000',
  'database connections',
  'keep-alive',
  'half of its peak',
  'knee',
] as const;

const find = (run: LoadRun, title: string) => judge(run).find((verdict) => verdict.title.includes(title));

const only = (run: LoadRun, isKept: (block: Block) => boolean): LoadRun => ({
  ...run,
  blocks: run.blocks.filter(isKept),
});

describe('Criteria', () => {
  test('are met by a stack that keeps them, with what was measured', () => {
    const run = makeRun({ steps: [1_000, 2_500, 5_000, 7_500, 10_000, 15_000] });
    const reached = 'aim reached';
    expect(judge(run).map(({ state }) => state)).toEqual([
      reached,
      reached,
      reached,
      reached,
      reached,
      'met',
      'met',
      'met',
    ]);
  });

  test.each<[string, Partial<MadeUpStack>, (typeof TITLES)[number]]>([
    ['the hit ratio', { hitRatio: 0.5 }, 'hit ratio'],
    [
      'what pool and cache save',
      { readMilliseconds: { baseline: 9, pooling: 9, 'full-stack': 8 } },
      'p95 of the full stack against',
    ],
    ['waits at 10,000 connections', { queueWaitMilliseconds: 900 }, 'queue at 10,000'],
    ['connections to the database', { databaseConnections: 140 }, 'database connections'],
    ['flat memory', { growth: 0.5 }, 'keep-alive'],
  ])('miss %s where it is missed', (_, changes, title) => {
    const good = find(makeRun(), title);
    expect(['met', 'aim reached']).toContain(good?.state);
    expect(find(makeRun(changes), title)?.state).toBe('missed');
  });

  test('are not measured where the scenario is absent, and say what would have to be there', () => {
    const verdicts = judge(only(makeRun(), () => false));
    expect(verdicts).toHaveLength(TITLES.length);
    for (const { state, measured } of verdicts)
      expect([state, measured]).toEqual(['not measured', expect.stringMatching(/^no /)]);
  });

  test('do not count what is void', () => {
    const run = makeRun();
    const spoilt = run.blocks.map((block) => (block.scenario === 'compare' ? { ...block, void: 'dropped 3' } : block));
    expect(find({ ...run, blocks: spoilt }, 'against')?.state).toBe('not measured');
  });

  test('compare at five repetitions and more', () => {
    expect(find(makeRun({ repetitions: 4 }), 'against')).toMatchObject({ state: 'not measured' });
  });

  test('want 10,000 connections for ten minutes, and tell of less', () => {
    const run = makeRun();
    const shorter = run.blocks.map((block) => (block.scenario === 'soak' ? { ...block, seconds: 60 } : block));
    expect(find({ ...run, blocks: shorter }, 'keep-alive')).toMatchObject({
      state: 'not measured',
      measured: expect.stringContaining('a soak of 10,000 connections for 60 s only: 0 of '),
    });
  });

  test('take half of the highest rate that was borne', () => {
    expect(find(makeRun(), 'half of its peak')?.note).toContain('At 675 requests/s; 1,200 was the highest');
  });

  test('miss latency with room to spare where it is missed', () => {
    const run = makeRun();
    const slower = run.blocks.map((block) => {
      const { read } = block.latency;
      if (block.target.arrivalRate !== 675 || read === undefined) return block;
      const quantiles = read.quantiles.map(([share, value]): [number, number] => [share, value * 3]);
      return { ...block, latency: { read: { ...read, quantiles, max: read.max * 3 } } };
    });
    expect(find({ ...run, blocks: slower }, 'half of its peak')?.state).toBe('missed');
  });

  test('of the knee name what was saturated there', () => {
    const cores = { generator: 0.1, service: 1.1, redis: 0.1, pgbouncer: 0.1, postgres: 0.2 };
    const run = makeRun({ capacity: 900, coresPerThousand: cores });
    expect(find(run, 'knee')).toMatchObject({
      state: 'met',
      measured: expect.stringContaining('(between 5,000 and 10,000)'),
      note: expect.stringContaining('Saturated is the service'),
    });
  });

  test('missed on a full machine are told at the highest load at which it was not', () => {
    const cores = { generator: 0.9, service: 0.7, redis: 0.1, pgbouncer: 0.1, postgres: 0.4 };
    const verdict = find(makeRun({ capacity: 900, coresPerThousand: cores }), 'keep-alive');
    expect(verdict?.state).toBe('missed');
    expect(verdict?.note).toMatch(/machine was full: 2\.00 of 2 cores were busy, 0\.\d\d of them with making the load/);
    expect(verdict?.note).toMatch(/At the highest load at which it was not, 5,000 connections: 0 of [\d,]+ failed/);
  });
});
