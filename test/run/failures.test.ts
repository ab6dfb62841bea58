import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { excerpt, FAILURES_VARIABLE, formatFailures, keepFailures } from './failures.ts';

describe('the excerpt of a message', () => {
  test('is the message where it is short, without colours', () => {
    expect(excerpt('\u001b[31mexpected 1\u001b[39m\n  found 2\n\n')).toEqual(['expected 1', '  found 2']);
  });

  test('has the first 25 lines of a long one, and says how many it lacks', () => {
    const lines = excerpt(Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n'));
    expect(lines).toHaveLength(26);
    expect(lines.slice(-2)).toEqual(['line 24', '… and 5 more lines']);
  });

  test('has no line that is longer than somebody reads', () => {
    expect(excerpt('x'.repeat(10_000))).toEqual(['x'.repeat(300)]);
  });
});

describe('failures', () => {
  const failures = [
    { name: 'a.test.ts: works', message: 'Error: expected 1\n    at a' },
    { name: 'b.test.ts: works', message: 'no server' },
    { name: 'b.test.ts: also', message: 'no server' },
  ];

  test('are told by their names, each with its message below, and a shared one once', () => {
    expect(formatFailures(failures)).toBe(
      [
        'failed: a.test.ts: works',
        '    Error: expected 1',
        '        at a',
        'failed: b.test.ts: works',
        '    no server',
        'failed: b.test.ts: also',
        '    the same as of: b.test.ts: works',
        '',
      ].join('\n'),
    );
  });

  test('are all named, however many there are, and the first ones alone have their messages', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ name: `test ${index}`, message: `message ${index}` }));
    const text = formatFailures(many);
    expect(text.match(/^failed: /gm)).toHaveLength(100);
    expect(text.match(/^ {4}message /gm)).toHaveLength(40);
  });

  test('of several parts come into the file that the environment names', () => {
    const folder = mkdtempSync(join(tmpdir(), 'failures-'));
    const environment = { [FAILURES_VARIABLE]: join(folder, 'failures') };
    try {
      keepFailures(failures.slice(0, 1), environment);
      keepFailures([], environment);
      keepFailures(failures.slice(1), environment);
      expect(readFileSync(join(folder, 'failures'), 'utf8').match(/^failed: .*$/gm)).toHaveLength(3);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('are kept nowhere where none is named', () => {
    expect(() => keepFailures(failures, {})).not.toThrow();
  });
});
