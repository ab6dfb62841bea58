import { type Io, type Subcommand, UsageError } from './subcommand.ts';

const usageOf = (subcommands: readonly Subcommand[]): string => {
  const width = Math.max(...subcommands.map(({ name }) => name.length));
  return [
    'npm run load -- <command> [options]',
    '',
    ...subcommands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'npm run load -- <command> --help tells the options of one.',
  ].join('\n');
};

/** Finds the subcommand that is asked for and runs it; mistakes are told with how it is used. Answers the exit code. */
export async function runCommandLine(
  subcommands: readonly Subcommand[],
  [name = '', ...args]: readonly string[],
  io: Io,
): Promise<number> {
  const usage = usageOf(subcommands);
  if (['--help', '-h', 'help'].includes(name)) {
    io.out(usage);
    return 0;
  }
  const found = subcommands.find((subcommand) => subcommand.name === name);
  if (!found) {
    io.error(`load: expected a command, found ${name === '' ? 'nothing' : JSON.stringify(name)}\n\n${usage}`);
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.out(found.usage);
    return 0;
  }
  try {
    return await found.run(args, io);
  } catch (error) {
    if (error instanceof UsageError) io.error(`load ${name}: ${error.message}\n\n${found.usage}`);
    else io.error(`load ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}
