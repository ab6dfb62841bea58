import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Failure } from '../run/failures.ts';
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
type RunResult = { numPassedTests: number; numPendingTests: number };

/** How many failures are followed by diagnostics: the first ones tell, the rest follow from them. */
const DIAGNOSED = 3;

/** The outcome of the run, for `run.ts`. */
export type Outcome = { passed: number; failures: readonly Failure[]; skipped: number };

/**
 * Prints each test when it ends, as these tests take minutes, and the state of the cluster at the moment of a failure.
 * The run is in one process: while diagnostics are printed no other test goes on.
 */
// biome-ignore lint/style/noDefaultExport: Jest takes the default export
export default class LiveReporter {
  private readonly failures: Failure[] = [];
  private readonly context = readContext();

  onTestFileStart(file: TestFile): void {
    console.log(`\n${basename(file.path, '.e2e.ts').replace(/^\d+-/, '').replaceAll('-', ' ')}`);
  }

  onTestCaseResult(file: TestFile, { title, ancestorTitles, status, duration, failureMessages }: TestCase): void {
    const seconds = duration ? ` (${(duration / 1000).toFixed(1)} s)` : '';
    const name = [...ancestorTitles, title].join(' ');
    console.log(`  ${status === 'passed' ? '✓' : status === 'failed' ? '✗' : '-'} ${name}${seconds}`);
    if (status === 'failed') this.explain(`${basename(file.path)}: ${name}`, failureMessages.join('\n'));
  }

  onTestFileResult(file: TestFile, { testExecError, failureMessage }: FileResult): void {
    if (testExecError) this.explain(`${basename(file.path)}: could not be run`, failureMessage ?? '');
  }

  onRunComplete(_files: unknown, { numPassedTests, numPendingTests }: RunResult): void {
    const outcome: Outcome = { passed: numPassedTests, failures: this.failures, skipped: numPendingTests };
    writeFileSync(this.context.outcomeFile, JSON.stringify(outcome));
  }

  private explain(name: string, message: string): void {
    console.log(`${name}\n${message}`);
    this.failures.push({ name, message });
    if (this.failures.length <= DIAGNOSED) printDiagnostics(this.context);
  }
}
