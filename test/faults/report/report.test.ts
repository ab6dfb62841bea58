import { describe, expect, test } from '@jest/globals';
import { allFaults, chooseFaults } from '../catalogue/all-faults.ts';
import { readOptions } from '../options.ts';
import type { Run } from '../run-fault.ts';
import { buildFailoverPage } from './page.ts';
import { judge } from './report.ts';
import { mergeRuns } from './report-file.ts';
import { buildRow, formatTable } from './table.ts';

const run: Run = {
  name: 'kill Redis',
  rateBefore: 200,
  seen: { plain: { requests: 900, failed: 12 }, retrying: { requests: 900, failed: 0 } },
  errors: { '503 storage-unavailable': 12 },
  firstError: 0.2,
  lastError: 3.25,
  longest: 2.5,
  recovery: 3.25,
  restarts: 1,
  acknowledged: 300,
  violations: [],
};

describe('a run', () => {
  test('is judged by the worst that it showed', () => {
    expect(judge(run)).toBe('ok');
    expect(judge({ ...run, violations: ['lost message: …'] })).toBe('LOST');
    const { recovery: _, ...neverWell } = run;
    expect(judge(neverWell)).toBe('NOT RECOVERED');
    expect(judge({ ...run, void: 'too slow' })).toBe('VOID');
  });

  test('of a seamless change may fail no request', () => {
    expect(judge(run, true)).toBe('FAILED REQUESTS');
    expect(judge({ ...run, seen: { ...run.seen, plain: { requests: 900, failed: 0 } } }, true)).toBe('ok');
  });

  test('takes the place of an older run of its fault alone', () => {
    const other = { ...run, name: 'kill Postgres' };
    const again = { ...run, longest: 1 };
    expect(mergeRuns([run, other], [again])).toEqual([other, again]);
  });

  test('is a row that tells failures, when they came and what was kept', () => {
    expect(buildRow(run, false)).toEqual([
      'kill Redis',
      '200',
      '12 of 900',
      '0',
      '0.2–3.3 s',
      '2.5 s',
      '3.3 s',
      '300, all once, in order',
      'ok',
    ]);
    expect(formatTable([run], allFaults).split('\n')).toHaveLength(2);
  });
});

describe('the page', () => {
  const environment = {
    cores: 2,
    kubernetes: 'v1.36.3',
    nodes: 1,
    images: { postgres: 'postgres:18', pgbouncer: 'pgbouncer:1', redis: 'redis:8' },
    node: 'v24',
    rate: 200,
    conversations: 40,
  };

  test('has each fault that was done, with what was done and why clients see what they see', () => {
    const page = buildFailoverPage({ environment, runs: [run] }, allFaults);
    expect(page).toContain('| kill Redis | 200 | 12 of 900 | 0 |');
    expect(page).toContain('- **kill Redis**: All processes of Redis are killed');
    expect(page).toContain('Seen: 12 × 503 storage-unavailable.');
    expect(page).not.toContain('kill Postgres');
  });

  test('leaves out what was void', () => {
    const page = buildFailoverPage({ environment, runs: [{ ...run, void: 'too slow' }] }, allFaults);
    expect(page).not.toContain('kill Redis');
  });
});

describe('faults', () => {
  test('have names that tell them apart', () => {
    expect(new Set(allFaults.map(({ name }) => name)).size).toBe(allFaults.length);
  });

  test('are chosen by a part of their name or family', () => {
    expect(chooseFaults(['KILL REDIS']).map(({ name }) => name)).toEqual(['kill Redis']);
    expect(chooseFaults(['cut off:']).map(({ family }) => family)).toEqual(['cut off', 'cut off']);
    expect(chooseFaults([])).toBe(allFaults);
    expect(chooseFaults(['nothing of the kind'])).toEqual([]);
  });

  test('are done as the environment asks', () => {
    expect(readOptions({})).toMatchObject({ rate: 200, steadySeconds: 10, faults: [], namespace: 'chatstack-faults' });
    expect(readOptions({ FAULTS: 'kill redis, cut', FAULTS_RATE: '50' })).toMatchObject({
      rate: 50,
      faults: ['kill redis', 'cut'],
    });
    expect(() => readOptions({ FAULTS_RATE: 'fast' })).toThrow('FAULTS_RATE: expected a number above 0, found "fast"');
  });
});
