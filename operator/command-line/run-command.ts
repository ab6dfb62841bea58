import { ApiError, ConnectionError } from '../runtime/api-error.ts';
import { CommandError, exitCodes, UsageError } from './command.ts';
import { commands } from './commands.ts';
import { buildCommandHelp, buildHelp } from './help.ts';
import type { Machine } from './machine.ts';
import { parseArguments } from './parse-arguments.ts';

/** Runs one command and answers an exit code of `exitCodes`; rejects only for a mistake of the program itself. */
export async function runCommand(args: readonly string[], machine: Machine): Promise<number> {
  try {
    const request = parseArguments(args, commands);
    if (request.kind === 'run') return await request.command.run(request.args, machine);
    if (request.kind === 'version') machine.out(`${machine.version}\n`);
    else machine.out(request.command === undefined ? buildHelp(commands) : buildCommandHelp(request.command));
    return exitCodes.done.code;
  } catch (error) {
    return explain(error, machine);
  }
}

function explain(error: unknown, machine: Machine): number {
  if (error instanceof UsageError) {
    machine.err(`chatstack: ${error.message}\nSee: chatstack --help\n`);
    return exitCodes.misused.code;
  }
  if (error instanceof CommandError) {
    machine.err(`chatstack: ${error.message}\n`);
    return exitCodes[error.exit].code;
  }
  if (error instanceof ApiError || error instanceof ConnectionError) {
    machine.err(`chatstack: the API server: ${error.message}\n`);
    return exitCodes.cluster.code;
  }
  throw error;
}
