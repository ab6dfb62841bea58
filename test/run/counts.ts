import type { Failure } from './failures.ts';

/** What a part of the tests came to. `skipped` names the tests. */
export type Counts = {
  readonly passed: number;
  readonly failed: readonly Failure[];
  readonly skipped: readonly string[];
};

/** The sum of several parts. */
export function addCounts(parts: readonly Counts[]): Counts {
  return {
    passed: parts.reduce((sum, part) => sum + part.passed, 0),
    failed: parts.flatMap((part) => part.failed),
    skipped: parts.flatMap((part) => part.skipped),
  };
}

/** Names of what failed and what was skipped, and as the last line `N passed, N failed, N skipped`. */
export function formatCounts({ passed, failed, skipped }: Counts): string {
  const names = (word: string, list: readonly string[]) => list.map((name) => `${word}: ${name}`);
  return [
    ...names('skipped', skipped),
    ...names(
      'failed',
      failed.map(({ name }) => name),
    ),
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ].join('\n');
}

/** The part of Jest's `--json` report that is counted. */
export type JestReport = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** What Jest says of the whole file. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
};

/** Counts Jest's report; a file that could not be run at all counts as one failure. Names begin with the file, relative to `root`. */
export function countJestReport(report: JestReport, root: string): Counts {
  const results = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = name.replace(`${root}/`, '');
    const tests = assertionResults.map((test) => ({
      name: `${file}: ${test.fullName}`,
      status: test.status,
      message: test.failureMessages.join('\n'),
    }));
    const fileFailed = status === 'failed' && !tests.some((test) => test.status === 'failed');
    return fileFailed ? [...tests, { name: `${file}: could not be run`, status: 'failed', message }] : tests;
  });
  const having = (statuses: readonly string[]) => results.filter((result) => statuses.includes(result.status));
  return {
    passed: having(['passed']).length,
    failed: having(['failed']).map(({ name, message }) => ({ name, message })),
    skipped: having(['pending', 'skipped', 'todo', 'disabled']).map(({ name }) => name),
  };
}
