/** What a part of the tests came to. `skipped` and `failed` name the tests. */
export type Counts = {
  readonly passed: number;
  readonly failed: readonly string[];
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
    ...names('failed', failed),
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ].join('\n');
}

/** The part of Jest's `--json` report that is counted. */
export type JestReport = {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
};

/** Counts Jest's report; a file that could not be run at all counts as one failure. Names begin with the file, relative to `root`. */
export function countJestReport(report: JestReport, root: string): Counts {
  const results = report.testResults.flatMap(({ name, status, assertionResults }) => {
    const file = name.replace(`${root}/`, '');
    const tests = assertionResults.map((test) => ({ name: `${file}: ${test.fullName}`, status: test.status }));
    const fileFailed = status === 'failed' && !tests.some((test) => test.status === 'failed');
    return fileFailed ? [...tests, { name: `${file}: could not be run`, status: 'failed' }] : tests;
  });
  const named = (statuses: readonly string[]) =>
    results.filter((result) => statuses.includes(result.status)).map((result) => result.name);
  return {
    passed: named(['passed']).length,
    failed: named(['failed']),
    skipped: named(['pending', 'skipped', 'todo', 'disabled']),
  };
}
