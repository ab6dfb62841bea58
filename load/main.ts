import { runCommandLine } from './command-line/run-command-line.ts';
import type { Subcommand } from './command-line/subcommand.ts';
import { compareSubcommand } from './compare/compare-subcommand.ts';
import { gateSubcommand } from './gate/gate-subcommand.ts';
import { runSubcommand } from './harness/run-subcommand.ts';
import { reportSubcommand } from './report/report-subcommand.ts';

const subcommands: readonly Subcommand[] = [runSubcommand, reportSubcommand, compareSubcommand, gateSubcommand];

// What is written for the account that runs Postgres must be readable to it, whatever the shell's umask.
process.umask(0o022);

const interrupts: (() => void)[] = [];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (interrupts.length === 0) process.exit(130);
    for (const interrupt of interrupts) interrupt();
  });

// Whoever reads along may leave: the run goes on, and its file has all.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await runCommandLine(subcommands, process.argv.slice(2), {
  environment: process.env,
  out: (text) => console.log(text),
  error: (text) => console.error(text),
  progress: process.stdout.isTTY ? (text) => void process.stdout.write(text) : undefined,
  colours: process.stdout.isTTY === true && !process.env.NO_COLOR,
  onInterrupt: (listener) => interrupts.push(listener),
});
