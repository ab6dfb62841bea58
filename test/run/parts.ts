import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Counts, countJestReport, type JestReport } from './counts.ts';

/** The repository's folder. */
export const ROOT = join(import.meta.dirname, '../..');

/**
 * Tests that keep both cores of a small machine busy by themselves, with browsers or several replicas under load. Two at once
 * would only measure each other's patience, so they come one after the other.
 */
const CROWDED = ['test/page/', 'test/consistency/(model|invariants)', 'test/client/rolling-restart'];

/** The parts that tests are made of, by the names that the command line takes. */
export const PARTS: Readonly<Record<string, () => Counts>> = {
  types: () => countCommand('types', ['tsc', '--noEmit']),
  lint: () => countCommand('format and lint', ['biome', 'check', '--error-on-warnings']),
  generated: () => countCommand('generated files', [process.execPath, 'test/generate/generate.ts', '--check']),
  unit: () => runJest(['--maxWorkers=2', `--testPathIgnorePatterns=/node_modules/`, '/.cache/', ...CROWDED]),
  crowded: () => runJest(['--runInBand', '--testPathPatterns', ...CROWDED]),
};

function run(program: string, args: readonly string[]): boolean {
  const path = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}`;
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: path, NODE_DISABLE_COLORS: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error) throw error;
  return status === 0;
}

function countCommand(name: string, [program = '', ...args]: readonly string[]): Counts {
  return run(program, args) ? { passed: 1, failed: [], skipped: [] } : { passed: 0, failed: [name], skipped: [] };
}

function runJest(args: readonly string[]): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'chatstack-report-'));
  const file = join(folder, 'report.json');
  try {
    const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
    const good = run(process.execPath, [...options, jest, ...args, '--json', `--outputFile=${file}`]);
    const counts = countJestReport(readReport(file), ROOT);
    const unexplained = !good && counts.failed.length === 0;
    return unexplained ? { ...counts, failed: ['jest ended with an error'] } : counts;
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
