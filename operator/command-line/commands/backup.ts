import { buildPath, builtIn } from '../../runtime/resource.ts';
import { buildBackupJob, buildListJob, findCronJob, followJob } from '../backup-job.ts';
import { clusterOptions, openPlace, outputOption, type Place } from '../cluster-options.ts';
import { type Arguments, type Command, CommandError, exitCodes, firstOperand } from '../command.ts';
import type { Machine } from '../machine.ts';

/** `chatstack backup`. */
export const backupCommand: Command = {
  name: 'backup',
  summary: 'a backup of a stack now, or the list of those that there are',
  description: `Makes a backup of the stack NAME as its schedule would, by a Job of the same kind. With --wait it is followed to its end.
With --list it shows the complete backups instead, newest first, read from the volume or bucket by a short Job.`,
  operands: [{ name: 'NAME', required: true, completes: 'stacks' }],
  options: {
    ...clusterOptions,
    ...outputOption,
    wait: { description: 'end when the backup has: 0 complete, 1 failed' },
    list: { description: 'show the backups that there are' },
  },
  examples: [
    ['before something risky', 'chatstack backup acme --wait'],
    ['what could be restored?', 'chatstack backup acme --list'],
  ],
  async run(args, machine) {
    const place = await openPlace(args, machine);
    return args.flags.has('list') ? list(args, place, machine) : backUp(args, place, machine);
  },
};

async function backUp(args: Arguments, place: Place, machine: Machine): Promise<number> {
  const { cluster, namespace } = place;
  const stack = firstOperand(args);
  const job = buildBackupJob(await findCronJob(place, stack));
  await cluster.client.create(builtIn.job, job);
  const { name } = job.metadata;
  const isJson = args.values.output === 'json';
  if (!isJson) machine.out(`Job ${name} makes a backup of ${stack}\n`);
  if (!args.flags.has('wait')) {
    machine.out(
      isJson ? `${JSON.stringify({ job: name })}\n` : `Follow it: kubectl logs -f job/${name} -n ${namespace}\n`,
    );
    return exitCodes.done.code;
  }
  const ended = await followJob(place, job, machine.listenForStop());
  if (ended === undefined) {
    machine.err(`chatstack: Job ${name} goes on by itself; see: kubectl get job ${name} -n ${namespace}\n`);
    return exitCodes.done.code;
  }
  const { state } = ended;
  if (state.phase !== 'complete') throw new CommandError('refused', `Job ${name} failed: ${state.message}`);
  machine.out(isJson ? `${state.result.trim()}\n` : `Complete: ${describe(JSON.parse(state.result))}\n`);
  return exitCodes.done.code;
}

interface Backup {
  readonly id: string;
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly postgres?: string;
  readonly migration?: string;
}

const describe = ({ id, rows, bytes, seconds }: Backup): string =>
  `${id}, ${rows} rows, ${formatBytes(bytes)}, dumped in ${seconds} s`;

const formatBytes = (bytes: number): string =>
  bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

async function list(args: Arguments, place: Place, machine: Machine): Promise<number> {
  const backups = await readList(place, firstOperand(args), machine);
  if (args.values.output === 'json') {
    machine.out(`${JSON.stringify(backups)}\n`);
    return exitCodes.done.code;
  }
  if (backups.length === 0) machine.out('There is no complete backup yet.\n');
  const rows = [
    ['ID (UTC)', 'ROWS', 'SIZE', 'POSTGRES', 'SCHEMA'],
    ...backups.map(({ id, rows, bytes, postgres = '', migration = '' }) => [
      id,
      String(rows),
      formatBytes(bytes),
      postgres,
      migration,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  if (backups.length > 0)
    for (const row of rows)
      machine.out(
        `${row
          .map((text, column) => text.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
      );
  return exitCodes.done.code;
}

async function readList(place: Place, stack: string, machine: Machine): Promise<Backup[]> {
  const { cluster } = place;
  const job = buildListJob(await findCronJob(place, stack));
  const key = { namespace: job.metadata.namespace ?? '', name: job.metadata.name };
  await cluster.client.create(builtIn.job, job);
  try {
    const ended = await followJob(place, job, machine.listenForStop());
    const pod = ended?.pods[0];
    if (ended === undefined || pod === undefined)
      throw new CommandError('refused', `Job ${key.name} left no pod to be read`);
    const { state } = ended;
    if (state.phase !== 'complete') throw new CommandError('refused', `Job ${key.name} failed: ${state.message}`);
    const log = buildPath(builtIn.pod, { namespace: key.namespace, name: pod.metadata.name }, 'log');
    const backups: Backup[] = [];
    for await (const line of cluster.readLines(log)) backups.push(line as unknown as Backup);
    return backups;
  } finally {
    await cluster.client.delete(builtIn.job, key);
  }
}
