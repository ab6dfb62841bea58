import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Block } from '../results/load-run.ts';
import { readRun } from '../results/run-file.ts';
import { findK6 } from './generator/find-k6.ts';

const folder = mkdtempSync(join(tmpdir(), 'chatstack-load-'));
chmodSync(folder, 0o755); // of root's, Postgres' account reaches it too
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, 'run.json');

/** Starts `load run` as people do; `seen` resolves once its output has a text. */
function startLoad(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), 'run', ...args], {
    env: { ...process.env, CHATSTACK_STATE: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      for (const look of waiting) look();
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const seen = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.includes(text)) resolve();
      };
      waiting.push(look);
      look();
      void ended.then((code) => reject(new Error(`ended with ${code} before "${text}":\n${output}`)));
    });
  return { ended, seen, output: () => output, interrupt: () => child.kill('SIGINT') };
}

/** Processes whose command line names the folder of this test, or that k6 runs for it. */
const leftovers = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes(folder) ? [line] : [];
      } catch {
        return []; // it has ended meanwhile
      }
    });

const keyOf = ({ scenario, configuration, repetition }: Block): string => `${scenario} ${configuration} ${repetition}`;

const known = findK6(process.env) === undefined ? describe.skip : describe;

known('a run of load tests, with k6 (test/set-up/k6 builds it)', () => {
  test('is broken off by Ctrl-C, keeps what there is, and goes on where it was', async () => {
    const first = startLoad(
      ...['--only', 'compare,stress,realtime', '--rate', '20', '--repetitions', '1', '--block-seconds', '2'],
      ...['--warm-up', '1', '--connections', '20', '--think', '0.5', '--conversations', '10'],
      ...['--messages', '1000', '--users', '40', '--out', file],
    );
    await first.seen('✓ baseline 20 requests/s');
    first.interrupt();
    expect([await first.ended, first.output()]).toEqual([1, expect.stringContaining(`--resume ${file}`)]);
    const brokenOff = readRun(file);
    expect(brokenOff.state).toBe('interrupted');
    expect(brokenOff.blocks.map(keyOf)[0]).toBe('compare baseline 0');
    expect(leftovers()).toEqual([]);

    const second = startLoad('--resume', file);
    expect([await second.ended, second.output()]).toEqual([0, expect.stringContaining(`raw data in ${file}`)]);
    expect(leftovers()).toEqual([]);
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain('charts/');
    const run = readRun(file);
    expect(run.state).toBe('complete');
    expect(run.blocks[0]).toEqual(brokenOff.blocks[0]);
    const good = run.blocks.filter((block) => block.void === undefined);
    expect(good.map(keyOf)).toEqual([
      ...['compare baseline 0', 'compare pooling 0', 'compare full-stack 0'],
      ...['stress full-stack 0', 'realtime full-stack 0'],
    ]);
    for (const { requests } of good) expect(requests).toMatchObject({ failed: 0, errors: {}, dropped: 0 });
    expect(new Set(run.configurations.map(({ databaseConnections }) => databaseConnections))).toEqual(new Set([20]));

    const [baseline, pooling, full, , realtime] = good;
    expect(Object.keys(full?.latency ?? {})).toEqual(['read', 'send']);
    expect(realtime?.latency.deliver?.count).toBeGreaterThanOrEqual(20 * (realtime?.latency.send?.count ?? 1));
    const sampled = ({ samples }: Block, field: keyof Block['samples'][number]) =>
      samples.some((sample) => sample[field] !== undefined);
    for (const block of good) {
      expect(block.samples.length).toBeGreaterThan(0);
      expect(sampled(block, 'databaseConnections')).toBe(true);
      expect(sampled(block, 'machineCores')).toBe(true);
    }
    // What a configuration lacks is absent, not 0.
    expect([baseline, pooling, full].map((block) => block && sampled(block, 'queueWaitMilliseconds'))).toEqual([
      ...[false, true, true],
    ]);
    expect([baseline, pooling, full].map((block) => block && sampled(block, 'redisBytes'))).toEqual([
      ...[false, false, true],
    ]);
    expect([baseline, full].map((block) => block && sampled(block, 'hitRatio'))).toEqual([false, true]);
  }, 600_000);
});
