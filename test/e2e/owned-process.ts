import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A background program of the tests: what its awaited line said, and how to end it. */
export type OwnedProcess = { matched: RegExpMatchArray; stop: () => Promise<void> };

/** Starts a program and waits for a line of its output that matches. It is stopped when the line does not come. */
export async function startAndAwait(
  program: string,
  args: string[],
  line: RegExp,
  timeoutSeconds = 30,
): Promise<OwnedProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const stop = () => end(child);
  try {
    const matched = await new Promise<RegExpMatchArray>((resolve, reject) => {
      const fail = (how: string) => reject(new Error(`${program} ${args.join(' ')}: ${how}\n${output}`));
      setTimeout(() => fail(`expected a line like ${line} within ${timeoutSeconds} s`), timeoutSeconds * 1000).unref();
      child.once('error', (error) => fail(error.message));
      child.once('exit', (code) => fail(`ended with code ${code}`));
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output = `${output}${text}`.slice(-10_000);
          const match = output.match(line);
          if (match) resolve(match);
        });
      }
    });
    return { matched, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
