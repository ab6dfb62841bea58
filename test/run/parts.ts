import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Counts, countJestReport, type JestReport } from './counts.ts';

/** The repository's folder. */
export const ROOT = join(import.meta.dirname, '../..');

/**
 * Tests that keep both cores of a small machine busy by themselves, with browsers, several replicas under load or operators that are
 * killed again and again. Two at once would only measure each other's patience, so they come one after the other.
 */
const CROWDED = [
  'test/page/',
  'test/consistency/(model|invariants)',
  'test/client/rolling-restart',
  'operator/reconcile/(faults|killed-operator|two-leaders)',
  'test/fuzz/stacks',
  'test/dashboards/queries',
  'load/harness/run',
];

/** The parts that tests are made of, by the names that the command line takes. */
export const PARTS: Readonly<Record<string, () => Counts>> = {
  types: () => countCommand('types', ['tsc', '--noEmit']),
  lint: () => countCommand('format and lint', ['biome', 'check', '--error-on-warnings']),
  generated: () => countCommand('generated files', [process.execPath, 'test/generate/generate.ts', '--check']),
  unit: () => runJest(['--maxWorkers=2', `--testPathIgnorePatterns=/node_modules/`, '/.cache/', ...CROWDED]),
  crowded: () => runJest(['--runInBand', '--testPathPatterns', ...CROWDED]),
};

type Ended = { readonly good: boolean; readonly output: string };

/** Runs a program of the repository: its output is either shown as it comes, or kept and shown when it has ended. */
function run([program = '', ...args]: readonly string[], output: 'shown' | 'kept'): Ended {
  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}`;
  const to = output === 'shown' ? 'inherit' : 'pipe';
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: path, NODE_DISABLE_COLORS: '1' },
    stdio: ['ignore', to, to],
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (error) throw error;
  const text = output === 'kept' ? stdout + stderr : '';
  process.stdout.write(text);
  return { good: status === 0, output: text };
}

function countCommand(name: string, command: readonly string[]): Counts {
  const { good, output } = run(command, 'kept');
  return { passed: good ? 1 : 0, failed: good ? [] : [{ name, message: output }], skipped: [] };
}

function runJest(args: readonly string[]): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'chatstack-report-'));
  const file = join(folder, 'report.json');
  try {
    const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
    // A test that failed may leave connections open, for which Jest would wait, and nothing would be told.
    const report = ['--json', `--outputFile=${file}`, '--forceExit'];
    const { good } = run([process.execPath, ...options, jest, ...args, ...report], 'shown');
    const counts = countJestReport(readReport(file), ROOT);
    const unexplained = !good && counts.failed.length === 0;
    const failure = { name: 'jest', message: 'Jest ended with an error, and no test failed; its output tells more.' };
    return unexplained ? { ...counts, failed: [failure] } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file: string): JestReport {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { testResults: [] }; // Jest ended before it wrote one: the caller counts that as a failure
  }
}
