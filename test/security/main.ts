import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT } from '../run/parts.ts';
import { installFromPypi, Missing } from '../set-up/pypi.ts';

/*
 * Holds what the chart and the stacks consist of against checkov's rules for Kubernetes. Fails on every finding that
 * checkov.yaml, beside this file, does not explain. Usage: node test/security/main.ts, or `npm run lint:security`.
 */

const print = (line: string) => process.stdout.write(`${line}\n`);

/** The chart as it is installed by itself, and the stacks of the examples as they are applied. */
function writeManifests(folder: string): void {
  const chart = join(ROOT, 'charts/chatstack-operator');
  const path = [process.env.PATH ?? '', join(homedir(), '.cache/chatstack/bin')].join(delimiter);
  const args = ['template', 'chatstack', chart, '--namespace', 'chatstack-system', '--skip-tests'];
  const { status, stdout, stderr, error } = spawnSync('helm', args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  if (error)
    throw new Missing(`Expected helm, found none (${error.message}). Run npm run setup, which builds it with Go.`);
  if (status !== 0) throw new Error(stderr);
  writeFileSync(join(folder, 'chart.yaml'), stdout);
}

/** The renderings of the examples, which `make generate` keeps. */
function listStacks(): string[] {
  const goldens = join(ROOT, 'stack/golden');
  return readdirSync(goldens).map((example) => join(goldens, example, 'kubernetes.yaml'));
}

function main(): number {
  const requirements = join(import.meta.dirname, 'requirements.txt');
  const otherwise = 'leave the check to a machine that has it';
  const checkov = installFromPypi({ name: 'checkov', requirements, otherwise }, print);
  const folder = mkdtempSync(join(tmpdir(), 'chatstack-security-'));
  try {
    writeManifests(folder);
    const files = [join(folder, 'chart.yaml'), ...listStacks()].flatMap((file) => ['--file', file]);
    const config = join(import.meta.dirname, 'checkov.yaml');
    const args = [
      '--config-file',
      config,
      '--framework',
      'kubernetes',
      '--skip-download',
      '--compact',
      '--quiet',
      ...files,
    ];
    return spawnSync(checkov, args, { stdio: 'inherit' }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
