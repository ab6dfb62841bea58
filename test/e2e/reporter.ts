import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readContext } from './context.ts';
import { printDiagnostics } from './diagnostics.ts';

type TestCase = {
  title: string;
  ancestorTitles: string[];
  status: string;
  duration?: number | null;
  failureMessages: string[];
};
type TestFile = { path: string };
type FileResult = { testExecError?: unknown; failureMessage?: string | null };
type RunResult = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numFailedTestSuites: number;
};

/** How many failures are followed by diagnostics: the first ones tell, the rest follow from them. */
const DIAGNOSED = 3;

/** The outcome of the run, for `run.ts`. */
export type Outcome = { passed: number; failed: number; skipped: number };

/**
 * Prints each test when it ends, as these tests take minutes, and the state of the cluster at the moment of a failure.
 * The run is in one process: while diagnostics are printed no other test goes on.
 */
// biome-ignore lint/style/noDefaultExport: Jest takes the default export
export default class LiveReporter {
  private failures = 0;
  private readonly context = readContext();

  onTestFileStart(file: TestFile): void {
    console.log(`\n${basename(file.path, '.e2e.ts').replace(/^\d+-/, '').replaceAll('-', ' ')}`);
  }

  onTestCaseResult(_file: TestFile, { title, ancestorTitles, status, duration, failureMessages }: TestCase): void {
    const seconds = duration ? ` (${(duration / 1000).toFixed(1)} s)` : '';
    console.log(
      `  ${status === 'passed' ? '✓' : status === 'failed' ? '✗' : '-'} ${[...ancestorTitles, title].join(' ')}${seconds}`,
    );
    if (status === 'failed') this.explain(failureMessages.join('\n'));
  }

  onTestFileResult(file: TestFile, { testExecError, failureMessage }: FileResult): void {
    if (testExecError) this.explain(`${file.path} could not run\n${failureMessage ?? ''}`);
  }

  onRunComplete(_files: unknown, results: RunResult): void {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = results;
    const failed = Math.max(numFailedTests, numFailedTestSuites);
    const outcome: Outcome = { passed: numPassedTests, failed, skipped: numPendingTests };
    writeFileSync(this.context.outcomeFile, JSON.stringify(outcome));
  }

  private explain(message: string): void {
    console.log(message);
    this.failures += 1;
    if (this.failures <= DIAGNOSED) printDiagnostics(this.context);
  }
}
