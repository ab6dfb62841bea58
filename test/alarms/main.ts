import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { monitoringImages } from '@chatstack/stack/plan/images.ts';
import { printDiagnostics } from '../e2e/diagnostics.ts';
import { kubectl } from '../e2e/kubectl.ts';
import { PrerequisiteError } from '../e2e/prerequisites.ts';
import { startServiceProxy } from '../e2e/service-proxy.ts';
import { readReport, saveReport } from '../faults/report/report-file.ts';
import type { Scene } from '../faults/scene.ts';
import { boundedStorage, buildSpec, type Stage, setStage } from '../faults/stage.ts';
import type { Alarm } from './alarm.ts';
import { allAlarms, chooseAlarms } from './catalogue/all-alarms.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { PrometheusClient } from './prometheus.ts';
import { type AlarmReport, judge } from './report/report.ts';
import { formatRun } from './report/table.ts';
import { type AlarmOptions, type AlarmRun, runAlarm } from './run-alarm.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** In how many conversations users of a stack read and send. */
const CONVERSATIONS = 10;

process.exitCode = await main(process.argv.slice(2));

/** 0 when every alert that should fire did, 1 when one did not, 2 when nothing could be tried. */
async function main(args: string[]): Promise<number> {
  const options = readOptions(process.env);
  if (args.includes('--help')) console.log(USAGE);
  else if (args.includes('--list')) for (const { stack, name } of allAlarms) console.log(`${stack}: ${name}`);
  else if (args.includes('--keep')) await keepRuns(options);
  else return runAll(options);
  return 0;
}

async function runAll(options: Options): Promise<number> {
  const alarms = chooseAlarms(options.alarms);
  if (alarms.length === 0) {
    console.error(`alarms: expected names of faults, found "${options.alarms.join(', ')}"; --list tells them`);
    return 2;
  }
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort());
  try {
    const stage = await setStage(root, { namespace: options.namespace, stacks: listStacks(alarms) });
    try {
      const isOk = await tryAll(alarms, options, stage, stopping.signal);
      return isOk ? 0 : 1;
    } finally {
      if (!options.keeps) await stage.clear();
    }
  } catch (error) {
    if (!(error instanceof PrerequisiteError)) throw error;
    console.error(`\nalarms: ${error.message}`);
    return 2;
  }
}

/** The stacks that are broken. */
function listStacks(alarms: readonly Alarm[]): Record<string, object> {
  const names = new Set(alarms.map(({ stack }) => stack));
  return Object.fromEntries([...names].map((name) => [name, buildSpec(name === 'third' ? boundedStorage : {})]));
}

/** Stacks side by side, the alarms of each in turn. Whether all were as they should be. */
async function tryAll(
  alarms: readonly Alarm[],
  options: Options,
  { scenes }: Stage,
  stop: AbortSignal,
): Promise<boolean> {
  const proxy = await startServiceProxy();
  const environment = await describeEnvironment(options);
  const runs: AlarmRun[] = [];
  const keep = async (alarm: Alarm, run: AlarmRun) => {
    runs.push(run);
    console.log(`\n${formatRun(run, alarm)}`);
    await saveReport(options.reportFile, { environment, runs });
  };
  try {
    await Promise.all(
      scenes.map((scene) => {
        const { stackNamespace, stackName } = scene.place;
        const prometheus = new PrometheusClient(proxy.urlOf(stackNamespace, `${stackName}-prometheus`, 9090));
        const own = alarms.filter(({ stack }) => stack === stackName);
        const folder = resolve(dirname(options.reportFile), 'runbooks');
        return tryInTurn(scene, own, prometheus, { ...options, conversations: CONVERSATIONS, folder, stop }, keep);
      }),
    );
  } finally {
    await proxy.process.stop();
  }
  return alarms.every((alarm) => {
    const run = runs.find(({ name }) => name === alarm.name);
    return run !== undefined && judge(run, alarm) === 'ok';
  });
}

async function tryInTurn(
  scene: Scene,
  alarms: readonly Alarm[],
  prometheus: PrometheusClient,
  options: Omit<AlarmOptions, 'raised'>,
  keep: (alarm: Alarm, run: AlarmRun) => Promise<void>,
): Promise<void> {
  const raised = new Set<string>();
  for (const alarm of alarms) {
    if (options.stop.aborted) return;
    try {
      await keep(alarm, await runAlarm(scene, alarm, prometheus, { ...options, raised }));
    } catch (error) {
      console.error(`\n${alarm.name}: could not be tried: ${(error as Error).message}`);
      if (!options.stop.aborted) printDiagnostics(scene.place);
    }
  }
}

async function describeEnvironment({ rate }: Options): Promise<AlarmReport['environment']> {
  const { stdout } = await kubectl(['get', 'nodes', '-o', 'jsonpath={.items[0].status.nodeInfo.kubeletVersion}']);
  return { cores: availableParallelism(), kubernetes: stdout, prometheus: monitoringImages.prometheus, rate };
}

async function keepRuns({ reportFile }: Options): Promise<void> {
  await saveReport(join(root, 'docs/alarms.json'), await readReport<AlarmReport>(reportFile));
  console.log('docs/alarms.json has the runs; `make generate` makes docs/alarms.md of it');
}
