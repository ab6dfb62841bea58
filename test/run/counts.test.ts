import { describe, expect, test } from '@jest/globals';
import { addCounts, countJestReport, formatCounts } from './counts.ts';

const file = (name: string, status: string, tests: Record<string, string>) => ({
  name: `/repository/${name}`,
  status,
  message: status === 'failed' ? 'what Jest says of the file' : '',
  assertionResults: Object.entries(tests).map(([fullName, state]) => ({
    fullName,
    status: state,
    failureMessages: state === 'failed' ? ['expected 1', 'found 2'] : [],
  })),
});

describe('counting tests', () => {
  test('passed, failed and skipped tests of all files are added up and the last two are named', () => {
    const report = {
      testResults: [
        file('a.test.ts', 'passed', { 'a works': 'passed', 'a waits for a server': 'pending' }),
        file('b.test.ts', 'failed', { 'b works': 'failed', 'b also': 'passed' }),
      ],
    };
    expect(countJestReport(report, '/repository')).toEqual({
      passed: 2,
      failed: [{ name: 'b.test.ts: b works', message: 'expected 1\nfound 2' }],
      skipped: ['a.test.ts: a waits for a server'],
    });
  });

  test('a file that could not be run is one failure, so that it cannot pass unseen', () => {
    const report = { testResults: [file('broken.test.ts', 'failed', {})] };
    const failure = { name: 'broken.test.ts: could not be run', message: 'what Jest says of the file' };
    expect(countJestReport(report, '/repository').failed).toEqual([failure]);
  });

  test('the last line says the three sums', () => {
    const one = { passed: 2, failed: [{ name: 'x', message: 'why' }], skipped: ['y', 'z'] };
    const sum = addCounts([one, { passed: 1, failed: [], skipped: [] }]);
    expect(formatCounts(sum).split('\n')).toEqual([
      'skipped: y',
      'skipped: z',
      'failed: x',
      '3 passed, 1 failed, 2 skipped',
    ]);
  });
});
