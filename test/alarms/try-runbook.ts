import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, run } from '../e2e/command.ts';
import { RELEASE } from '../e2e/operator-release.ts';
import { selectorOf } from '../e2e/stack.ts';
import type { Scene } from '../faults/scene.ts';
import { putNames, type RunbookCommand, readDiagnosis, type StackNames } from './runbook.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A command of a runbook that ended with another code than 0, and the last that it said. */
export type FailedCommand = { readonly command: string; readonly code: number | null; readonly said: string };

/** How the diagnosis of a runbook went while its fault was on. */
export type RunbookTry = {
  readonly alert: string;
  readonly commands: number;
  readonly failed: readonly FailedCommand[];
};

/** A port that is forwarded takes a moment, which somebody who types gives it. */
const BESIDE_SECONDS = 3;

const COMMAND_SECONDS = 60;

/** How much of a message is kept, in characters. */
const SAID = 160;

/** Ports that pages forward are the same on all of them. */
let turn: Promise<unknown> = Promise.resolve();

/** Runs the diagnosis of an alert's runbook on the stack, and keeps all that was said in a file of the folder. One at a time. */
export function tryRunbook(
  scene: Scene,
  alert: string,
  component: string | undefined,
  folder: string,
): Promise<RunbookTry> {
  const trying = turn.then(() => tryNow(scene, alert, component, folder));
  turn = trying.catch(() => undefined);
  return trying;
}

async function tryNow(scene: Scene, alert: string, component: string | undefined, folder: string): Promise<RunbookTry> {
  const work = join(folder, scene.place.stackName);
  await mkdir(work, { recursive: true });
  const page = await readFile(join(root, 'docs/runbooks', `${alert}.md`), 'utf8');
  const names = await findNames(scene, component, join(work, 'manifest.yaml'));
  const commands = readDiagnosis(page);
  const failed: FailedCommand[] = [];
  let told = '';
  for (const each of commands) {
    const { said, code } = await runCommand(each, names, work);
    const command = each.command.split('\n')[0] ?? '';
    told += `$ ${[...each.beside, each.command].join('\n')}\n${said}\n[${code}]\n\n`;
    if (code !== 0) failed.push({ command, code, said: (said.trim().split('\n').at(-1) ?? '').slice(0, SAID) });
  }
  await writeFile(join(work, `${alert}.txt`), told);
  return { alert, commands: commands.length, failed };
}

async function runCommand({ beside, command }: RunbookCommand, names: StackNames, folder: string) {
  const script = [
    `chatstack() { node '${join(root, 'operator/command-line/chatstack.ts')}' "$@"; }`,
    ...beside.flatMap((each) => [putNames(each, names), `sleep ${BESIDE_SECONDS}`]),
    putNames(command, names),
    'code=$?',
    'for job in $(jobs -p); do kill "$job"; done',
    'exit $code',
  ].join('\n');
  const file = join(folder, 'command.sh');
  await writeFile(file, script);
  try {
    const { stdout, stderr } = await run('bash', [file], { timeoutSeconds: COMMAND_SECONDS, cwd: folder });
    return { said: `${stdout}${stderr}`, code: 0 };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { said: error.message.split('\n').slice(2).join('\n'), code: error.code };
  }
}

/** What the pages leave to the reader: the pod of the component that started most often, its newest Job, the Lease of the operator. */
async function findNames(
  { place, namespace, operator }: Scene,
  component: string | undefined,
  manifest: string,
): Promise<StackNames> {
  const { stackName: stack, stackNamespace, operatorNamespace } = place;
  const stacks = await namespace.list('chatstacks');
  // One that was deleted left its manifest there, or none.
  for (const { apiVersion, kind, metadata, spec } of stacks.filter(({ metadata: { name } }) => name === stack))
    await writeFile(
      manifest,
      JSON.stringify({ apiVersion, kind, metadata: { name: metadata.name }, spec }, undefined, 2),
    );
  const pods = await (component === 'operator' ? operator.list('pods') : namespace.list('pods', selectorOf(place)));
  const own = pods.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === component);
  const jobs = await namespace.list(
    'jobs',
    `app.kubernetes.io/instance=${stack},app.kubernetes.io/component=${component}`,
  );
  jobs.sort((one, other) => one.metadata.creationTimestamp.localeCompare(other.metadata.creationTimestamp));
  const restarts = (pod: (typeof pods)[number]) => Number(pod.status?.containerStatuses?.[0]?.restartCount ?? 0);
  const [pod] = (own.length > 0 ? own : pods).toSorted((one, other) => restarts(other) - restarts(one));
  return {
    stack,
    namespace: stackNamespace,
    operatorNamespace,
    manifest,
    pod: pod?.metadata.name ?? 'POD',
    name: jobs.at(-1)?.metadata.name ?? RELEASE,
  };
}
