import { describe, expect, test } from '@jest/globals';
import type { StackStatus } from './stack-status.ts';
import { type Case, conditionOf, recordsWith, running, statuses, summarize, workload } from './testing/summarize.ts';
import { buildTransitions } from './transitions.ts';

const told = ({ decided: _, ...status }: ReturnType<typeof summarize>): StackStatus => status;

describe('a stack whose Postgres has no room', () => {
  const ready = told(summarize({}));
  const full = told(summarize({ room: 'full', previous: ready }));

  test('is not Ready, though every pod is, and says what it means and what to do', () => {
    expect(statuses(full, 'Ready', 'Degraded', 'Progressing', 'PostgresReady', 'ServiceReady')).toEqual([
      ...['False', 'True', 'False', 'False', 'True'],
    ]);
    for (const type of ['Ready', 'Degraded', 'PostgresReady'] as const)
      expect(conditionOf(full, type)).toMatchObject({
        reason: 'DiskFull',
        message: expect.stringMatching(
          /found it full: what is sent is answered 503.*Raise spec\.postgres\.storage\.size/,
        ),
      });
    expect(full.components?.find(({ name }) => name === 'postgres')).toMatchObject({ ready: 1, desired: 1 });
  });

  test('is told of by one Warning, and its end by one Event', () => {
    expect(buildTransitions(ready, full)).toMatchObject([{ type: 'Warning', reason: 'DiskFull' }]);
    const again = told(summarize({ room: 'full', previous: full }));
    expect(again).toEqual(full);
    expect(buildTransitions(full, again)).toEqual([]);
    expect(buildTransitions(full, told(summarize({ room: 'free', previous: full })))).toMatchObject([
      { type: 'Normal', reason: 'Ready' },
    ]);
  });

  test('stays so until Postgres says the contrary, also for an operator that has not asked it yet', () => {
    expect(told(summarize({ previous: full }))).toEqual(full);
    expect(statuses(told(summarize({ room: 'free', previous: full })), 'Ready')).toEqual(['True']);
    expect(statuses(told(summarize({ previous: ready })), 'Ready')).toEqual(['True']);
  });

  test('is told of while its Postgres starts again for want of room, with what is so of its pods', () => {
    const starting = { ...running(), workloads: new Map([...running().workloads, workload('postgres', 0)]) };
    const status = told(summarize({ room: 'full', observed: starting }));
    expect(statuses(status, 'Ready', 'Degraded')).toEqual(['False', 'True']);
    expect(conditionOf(status, 'PostgresReady')?.message).toMatch(/^0 of 1 pods ready; .*asked last: .*found it full/);
  });

  test.each<[string, Case, string]>([
    ['is suspended', { spec: { suspend: true } }, 'DiskFull'],
    ['is asked for what can not be', { spec: { pgbouncer: { poolSize: 5000 } } }, 'PlanRefused'],
  ])('is told of while the stack %s', (_, given, degraded) => {
    const status = told(summarize({ ...given, room: 'full', previous: ready }));
    expect(conditionOf(status, 'PostgresReady')).toMatchObject({ status: 'False', reason: 'DiskFull' });
    expect(conditionOf(status, 'Degraded')).toMatchObject({ status: 'True', reason: degraded });
  });

  describe('where somebody else runs it', () => {
    const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'login' } };
    const facts = { version: '17.4', maxConnections: 100, reservedConnections: 3 };
    const given = (pgbouncer: object): Case => ({
      spec: { postgres: { mode: 'External', external }, pgbouncer },
      observed: running(['pgbouncer', 'redis', 'service']),
      records: recordsWith(),
      server: { facts, revision: 'r1' },
    });

    test('says whose server it is, and has no component more', () => {
      const status = told(summarize({ ...given({}), room: 'full' }));
      expect(statuses(status, 'Ready', 'Degraded', 'PostgresReady')).toEqual(['False', 'True', 'False']);
      expect(conditionOf(status, 'PostgresReady')?.message).toMatch(/server of spec\.postgres\.external/);
      expect(status.components?.map(({ name }) => name)).not.toContain('postgres');
    });

    test('is Ready again once nobody asks it any more', () => {
      const before = told(summarize({ ...given({}), room: 'full' }));
      const after = told(summarize({ ...given({ enabled: false }), room: 'full', previous: before }));
      expect(statuses(after, 'PostgresReady')).toEqual(['True']);
    });
  });
});
