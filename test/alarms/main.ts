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
import { type Stage, setStage } from '../faults/stage.ts';
import type { Alarm, StackName } from './alarm.ts';
import { allAlarms, chooseAlarms } from './catalogue/all-alarms.ts';
import { type KubeletPrometheus, startKubeletPrometheus } from './kubelet-prometheus.ts';
import { buildLanes, type Lane } from './lanes.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { type AlertSource, joinSources, PrometheusClient } from './prometheus.ts';
import { type AlarmReport, judge } from './report/report.ts';
import { formatRun } from './report/table.ts';
import { type AlarmOptions, type AlarmRun, runAlarm } from './run-alarm.ts';
import { buildStackSpecs, MEASURED } from './stacks.ts';

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
    const stage = await setStage(root, { namespace: options.namespace, stacks: buildStackSpecs(alarms) });
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

/** Stacks side by side, the alarms of each lane in turn; then those that leave no operator to any stack. Whether all were as they should be. */
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
  const folder = resolve(dirname(options.reportFile), 'runbooks');
  let kubelet: KubeletPrometheus | undefined;
  const tryLane = async ({ stack, ...lane }: Lane) => {
    const scene = findScene(scenes, stack);
    const own = new PrometheusClient(proxy.urlOf(scene.place.stackNamespace, `${stack}-prometheus`, 9090));
    const source = stack === MEASURED && kubelet ? joinSources(own, kubelet.client) : own;
    const settings = { ...options, ...lane, conversations: CONVERSATIONS, folder, stop };
    await tryInTurn(scene, lane.alarms, source, settings, keep);
  };
  try {
    if (alarms.some(({ stack }) => stack === MEASURED))
      kubelet = await startKubeletPrometheus(findScene(scenes, MEASURED), proxy);
    for (const phase of [alarms.filter(({ isAlone }) => !isAlone), alarms.filter(({ isAlone }) => isAlone)]) {
      await Promise.all(buildLanes(phase, options.rate).map(tryLane));
    }
  } finally {
    await kubelet?.remove();
    await proxy.process.stop();
  }
  return alarms.every((alarm) => {
    const run = runs.find(({ name }) => name === alarm.name);
    return run !== undefined && judge(run, alarm) === 'ok';
  });
}

function findScene(scenes: readonly Scene[], stack: StackName): Scene {
  const scene = scenes.find(({ place }) => place.stackName === stack);
  if (scene) return scene;
  throw new Error(`expected a stack ${stack} on the stage, found none`);
}

async function tryInTurn(
  scene: Scene,
  alarms: readonly Alarm[],
  prometheus: AlertSource,
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
