import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Block, LoadRun } from '../results/load-run.ts';
import { readRun } from '../results/run-file.ts';
import { Recording } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'chatstack-record-'));
afterAll(() => rmSync(folder, { recursive: true }));

const empty: LoadRun = {
  ...{ version: 1, startedAt: '2030-01-01T00:00:00.000Z', state: 'running', command: 'npm run load -- run' },
  environment: { processor: 'a', cores: 2, memoryBytes: 1, system: 'b', openFiles: 1, versions: {}, loadAverage: 0 },
  settings: {
    ...{ seed: 1, conversations: 1, messages: 1, users: 2, repetitions: 1 },
    ...{ warmUpSeconds: 1, blockSeconds: 1, thinkSeconds: 1, readShare: 0.9 },
  },
  configurations: [],
  blocks: [],
};
const target = { arrivalRate: 10 };
const block = (changes: Partial<Block> = {}): Block => ({
  ...{ scenario: 'compare', configuration: 'baseline', repetition: 0, startedAt: empty.startedAt, seconds: 1, target },
  requests: { answered: 1, failed: 0, errors: {}, dropped: 0, perSecond: 1 },
  ...{ latency: {}, samples: [], ...changes },
});
const name = { scenario: 'compare', configuration: 'baseline', repetition: 0 } as const;

describe('the recording of a run', () => {
  test('has each block in its file as soon as it was added', () => {
    const recording = new Recording(join(folder, 'a', 'run.json'), empty);
    recording.add([block()]);
    recording.end('interrupted');
    expect(readRun(recording.path)).toMatchObject({ state: 'interrupted', blocks: [{ repetition: 0 }] });
  });

  test('finds what was measured, at the same load alone', () => {
    const recording = new Recording(join(folder, 'b.json'), { ...empty, blocks: [block()] });
    expect(recording.find(name, [target])).toHaveLength(1);
    expect(recording.find({ ...name, repetition: 1 }, [target])).toBeUndefined();
    expect(recording.find({ ...name, scenario: 'peak' }, [target])).toBeUndefined();
    expect(recording.find(name, [{ arrivalRate: 20 }])).toBeUndefined();
    expect(recording.find(name, [target, target])).toBeUndefined();
  });

  test('has a void block measured once more, and no third time', () => {
    const recording = new Recording(join(folder, 'c.json'), { ...empty, blocks: [block({ void: 'late' })] });
    expect(recording.find(name, [target])).toBeUndefined();
    recording.add([block({ void: 'late again' })]);
    expect(recording.find(name, [target])).toMatchObject([{ void: 'late again' }]);
    recording.add([block()]);
    expect(recording.find(name, [target])?.[0]?.void).toBeUndefined();
  });
});

test('a file that is no run is refused with what is wrong with it', () => {
  expect(() => readRun(join(folder, 'none.json'))).toThrow(/expected the raw data of a run in .*none.json, found/);
  const recording = new Recording(join(folder, 'd.json'), { ...empty, version: 2 as 1 });
  recording.end('complete');
  expect(() => readRun(recording.path)).toThrow(/found at version/);
});
