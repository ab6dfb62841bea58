import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { printDiagnostics } from '../e2e/diagnostics.ts';
import { kubectl } from '../e2e/kubectl.ts';
import { PrerequisiteError } from '../e2e/prerequisites.ts';
import { allFaults, chooseFaults } from './catalogue/all-faults.ts';
import type { Fault } from './fault.ts';
import { type FaultsOptions, readOptions, USAGE } from './options.ts';
import { type Environment, judge, type Report } from './report/report.ts';
import { readReport, saveReport } from './report/report-file.ts';
import { formatRun, formatTable } from './report/table.ts';
import { MEASURED, type Run, runFault } from './run-fault.ts';
import type { Scene } from './scene.ts';
import { boundedStorage, buildSpec, setStage, WANTED_PODS } from './stage.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

process.exitCode = await main(process.argv.slice(2));

/** 0 when every fault ended well, 1 when one did not, 2 when none could be done. */
async function main(args: string[]): Promise<number> {
  const options = readOptions(process.env);
  if (args.includes('--help')) console.log(USAGE);
  else if (args.includes('--list')) for (const { family, name } of allFaults) console.log(`${family}: ${name}`);
  else if (args.includes('--keep')) await keepRuns(options);
  else return runAll(options);
  return 0;
}

async function runAll(options: FaultsOptions): Promise<number> {
  const faults = chooseFaults(options.faults);
  if (faults.length === 0) {
    console.error(`faults: expected names of faults, found "${options.faults.join(', ')}"; --list tells them`);
    return 2;
  }
  try {
    const stacks = { acme: buildSpec({ storage: boundedStorage }) };
    const stage = await setStage(root, { namespace: options.namespace, stacks });
    try {
      const [scene] = stage.scenes as [Scene];
      const runs = await doAll(faults, options, scene);
      console.log(`\n${formatTable(runs, allFaults)}`);
      return faults.every(({ name, isSeamless }) => {
        const run = runs.find((found) => found.name === name);
        return run !== undefined && judge(run, isSeamless) === 'ok';
      })
        ? 0
        : 1;
    } finally {
      if (!options.keeps) await stage.clear();
    }
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error;
    console.error(`\nfaults: ${error.message}`);
    return 2;
  }
}

async function doAll(faults: readonly Fault[], options: FaultsOptions, scene: Scene): Promise<Run[]> {
  const runs: Run[] = [];
  const environment = await describeEnvironment(options);
  for (const fault of faults) {
    console.log(`\n${fault.family}: ${fault.name}`);
    try {
      const run = await runFault(scene, fault, { ...options, wanted: WANTED_PODS, demands: MEASURED });
      console.log(`    ${formatRun(run, fault.isSeamless ?? false)}`);
      runs.push(run);
      await saveReport(options.reportFile, { environment, runs });
      if (run.void === undefined && run.recovery === undefined) printDiagnostics(scene.place);
    } catch (error) {
      console.error(`    could not be done: ${(error as Error).message}`);
      printDiagnostics(scene.place);
    }
  }
  return runs;
}

async function describeEnvironment({ rate, conversations }: FaultsOptions): Promise<Environment> {
  const { stdout } = await kubectl([
    'get',
    'nodes',
    '-o',
    'jsonpath={range .items[*]}{.status.nodeInfo.kubeletVersion} {end}',
  ]);
  const versions = stdout.trim().split(' ');
  const { service: _, ...images } = defaultImages;
  return {
    cores: availableParallelism(),
    kubernetes: versions[0] ?? '',
    nodes: versions.length,
    images,
    node: process.version,
    rate,
    conversations,
  };
}

async function keepRuns({ reportFile }: FaultsOptions): Promise<void> {
  await saveReport(join(root, 'docs/failover.json'), await readReport<Report>(reportFile));
  console.log('docs/failover.json has the runs; `make generate` makes docs/failover.md of it');
}
