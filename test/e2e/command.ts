import { spawn } from 'node:child_process';

/** How a program is run. */
export type CommandOptions = {
  /** What it reads from its standard input. */
  input?: string;
  /** After this many seconds it is stopped and counts as failed; 240 unless told. */
  timeoutSeconds?: number;
  /** Its output goes to the terminal as it comes (and is returned all the same). */
  loud?: boolean;
  environment?: Record<string, string>;
  cwd?: string;
};

/** What a program wrote. */
export type CommandOutput = { stdout: string; stderr: string };

/** A program that failed: which one, how, and what it said. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly stderr: string;
  readonly code: number | null;

  constructor(command: string, code: number | null, how: string, output: CommandOutput) {
    super(`${command}\n${how}\n${(output.stderr || output.stdout).trim().slice(-4000)}`);
    this.stderr = output.stderr;
    this.code = code;
  }
}

/** Runs a program to its end and returns what it wrote. Throws CommandError when it fails or takes too long. */
export async function run(program: string, args: string[], options: CommandOptions = {}): Promise<CommandOutput> {
  const { input = '', timeoutSeconds = 240, loud = false, environment = {}, cwd } = options;
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: 'pipe',
    timeout: timeoutSeconds * 1000,
    ...(cwd ? { cwd } : {}),
  });
  const output: CommandOutput = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      if (loud) process[name].write(text);
    });
  }
  child.stdin.on('error', () => child.stdin.destroy()); // a program that ends without reading: its exit code tells
  child.stdin.end(input);
  const command = `${program} ${args.join(' ')}`.slice(0, 1000);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new CommandError(command, null, error.message, output)));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const how = signal ? `stopped by ${signal} (allowed were ${timeoutSeconds} s)` : `ended with code ${code}`;
      reject(new CommandError(command, code, how, output));
    });
  });
}

/** The error of a command that is expected to fail; throws when it succeeds or fails otherwise. */
export async function failureOf(command: Promise<CommandOutput>): Promise<CommandError> {
  try {
    const { stdout } = await command;
    throw new Error(`expected the command to fail, but it succeeded: ${stdout}`);
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}
