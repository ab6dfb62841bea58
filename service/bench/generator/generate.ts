import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadPlan, LoadResult } from './plan.ts';

const fileBeside = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** How long an answer takes while a server is not at its limit, in milliseconds. */
const USUAL_ANSWER = 0.5;

/** The program that makes the load: wrk where it is installed, which takes least of the machine, else autocannon. */
export const generatorName = spawnSync('wrk', ['-v']).error ? 'autocannon' : 'wrk';

/** Puts a server under load from another process; throws when an answer was bad. */
export async function generateLoad(plan: LoadPlan): Promise<LoadResult> {
  const result = await (generatorName === 'wrk' ? runWrk(plan) : runAutocannon(plan));
  if (result.failures > 0 || result.answers === 0) {
    throw new Error(`Expected only good answers, found ${result.failures} bad ones and ${result.answers} good ones`);
  }
  return result;
}

function runAutocannon(plan: LoadPlan): Promise<LoadResult> {
  return run(process.execPath, [fileBeside('autocannon.ts')], JSON.stringify(plan));
}

async function runWrk({ port, method, headers, requests, connections, seconds, rate }: LoadPlan): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'chatstack-bench-'));
  try {
    const file = join(folder, 'requests');
    await writeFile(
      file,
      requests.map(({ path, body }) => (body === undefined ? path : `${path}\t${body}`)).join('\n'),
    );
    const script = join(folder, 'load.lua');
    const fields = Object.entries(headers).map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}\n`);
    const start = `wrk.method = ${quote(method)}\n${fields.join('')}dofile(${quote(fileBeside('wrk.lua'))})\n`;
    await writeFile(script, start);
    const shape = ['--threads', '1', '--connections', `${connections}`, '--duration', `${seconds}s`];
    // wrk knows no rate, but pauses: what is left of a connection's share of the time when it was answered.
    const pause = rate === undefined ? [] : [`${(connections * 1_000) / rate - USUAL_ANSWER}`];
    return await run('wrk', [...shape, '--script', script, `http://127.0.0.1:${port}`, '--', file, ...pause], '');
  } finally {
    await rm(folder, { recursive: true });
  }
}

const quote = (text: string) => JSON.stringify(text); // Lua reads such a string as JSON does, but for \u

/** Runs a generator; the last line of its output is the result. */
async function run(program: string, args: readonly string[], input: string): Promise<LoadResult> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(input);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`Expected ${program} to end well, found ${code}: ${output}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as LoadResult;
}
