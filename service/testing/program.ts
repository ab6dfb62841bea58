import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line of a program's log. */
export type Line = {
  readonly msg: string;
  readonly port?: number;
  readonly metricsPort?: number;
  readonly [field: string]: unknown;
};

/** A program in a process of its own. */
export type Program = {
  readonly child: ChildProcess;
  /** Resolves with the first line of the log that has this message, also when it came before. */
  told(message: string): Promise<Line>;
  /** Resolves with the exit code when the process has ended and all was read; with null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** All it has written. */
  output(): string;
};

/** Starts a program of this room, such as `service/main.ts`, with this environment and no other. */
export function startProgram(file: string, environment: Readonly<Record<string, string | undefined>>): Program {
  const env = { PATH: process.env.PATH, ...environment };
  const child: ChildProcess = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: Line[] = [];
  const waiting: { message: string; resolve: (line: Line) => void }[] = [];
  let output = '';
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
    output += `${text}\n`;
    const line = text.startsWith('{') ? (JSON.parse(text) as Line) : { msg: text };
    lines.push(line);
    for (const { message, resolve } of waiting) if (line.msg === message) resolve(line);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const told = (message: string) => {
    const found = lines.find(({ msg }) => msg === message);
    if (found) return Promise.resolve(found);
    return new Promise<Line>((resolve) => waiting.push({ message, resolve }));
  };
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, told, ended, output: () => output };
}
