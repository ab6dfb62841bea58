import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { runCommandLine } from '../command-line/run-command-line.ts';
import type { Io } from '../command-line/subcommand.ts';
import type { LoadRun } from '../results/load-run.ts';
import { writeRun } from '../results/run-file.ts';
import { makeRun } from '../testing/synthetic-run.ts';
import { judgeRatio } from './compare-groups.ts';
import { compareSubcommand } from './compare-subcommand.ts';

const folder = mkdtempSync(join(tmpdir(), 'chatstack-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function compare(before: LoadRun, after: LoadRun, ...options: readonly string[]) {
  const paths = [join(folder, 'before.json'), join(folder, 'after.json')] as const;
  writeRun(paths[0], before);
  writeRun(paths[1], after);
  const [out, error]: [string[], string[]] = [[], []];
  const io: Io = {
    environment: {},
    out: (text) => out.push(text),
    error: (text) => error.push(text),
    progress: undefined,
    colours: false,
    onInterrupt: () => undefined,
  };
  const code = await runCommandLine([compareSubcommand], ['compare', ...paths, ...options], io);
  return { code, out: out.join('\n'), error: error.join('\n') };
}

const slow = { readMilliseconds: { baseline: 9, pooling: 7, 'full-stack': 3 } };

describe('A comparison of two runs', () => {
  test('sees no difference where there is none', async () => {
    const { code, out, error } = await compare(makeRun(), makeRun());
    expect([code, error]).toEqual([0, '']);
    expect(out).toContain('| compare, full-stack | 200 requests/s |');
    expect(out).toContain('no difference seen');
    expect(out).toMatch(/0 of \d+ loads slower$/);
  });

  test('tells what became slower, by how much and how sure that is', async () => {
    const { code, out } = await compare(makeRun(), makeRun(slow));
    expect(code).toBe(1);
    expect(out).toMatch(
      /\| compare, full-stack \| 200 requests\/s \|.*\| \d+\.\d % higher \(\d+\.\d … \d+\.\d\) \| slower \|/,
    );
    expect(out).toMatch(/\| compare, baseline \|.*no difference seen/);
    expect(out).toMatch(/1 of \d+ loads slower$/);
  });

  test('tells what became faster, which is no fault', async () => {
    const { code, out } = await compare(makeRun(slow), makeRun());
    expect(code).toBe(0);
    expect(out).toMatch(/\| compare, full-stack \|.*lower.*\| faster \|/);
  });

  test('takes no change for one that is smaller than what matters', async () => {
    expect((await compare(makeRun(), makeRun(slow), '--least', '80')).code).toBe(0);
    expect((await compare(makeRun(), makeRun(slow), '--least', 'much')).error).toContain(
      '--least: expected percent from 0 to 1000, found "much"',
    );
  });

  test('does not judge what was measured once', async () => {
    const { out } = await compare(makeRun(), makeRun(slow));
    expect(out).toMatch(/\| soak, full-stack \|.*\| not judged \|/);
  });

  test('is refused for other settings, each of which is named', async () => {
    const other = makeRun();
    const { code, error } = await compare(makeRun(), {
      ...other,
      settings: { ...other.settings, users: 5, readShare: 0.5 },
    });
    expect(code).toBe(2);
    expect(error).toContain('  users: 2000 and 5\n  readShare: 0.9 and 0.5\n');
  });

  test('is refused for other loads, which are named', async () => {
    const other = makeRun();
    const blocks = other.blocks.map((block) =>
      block.scenario === 'compare' ? { ...block, target: { arrivalRate: 260 } } : block,
    );
    const { code, error } = await compare(makeRun(), { ...other, blocks });
    expect(code).toBe(2);
    expect(error).toContain('  compare of baseline: 200 requests/s and 260 requests/s\n');
  });

  test('is refused where nothing was measured by both', async () => {
    const run = makeRun();
    const only = (scenario: string) => ({ ...run, blocks: run.blocks.filter((block) => block.scenario === scenario) });
    const { code, error } = await compare(only('compare'), only('soak'));
    expect([code, error]).toEqual([2, expect.stringContaining('no scenario that both measured')]);
  });

  test('goes on where a rate follows from what the stack bears', async () => {
    const other = makeRun();
    const blocks = other.blocks.map((block) =>
      block.scenario === 'spike' ? { ...block, target: { arrivalRate: 1_000 } } : block,
    );
    expect((await compare(makeRun(), { ...other, blocks })).code).toBe(0);
  });

  test('warns of another machine, of other programs and of one that was busy', async () => {
    const other = makeRun();
    const environment = {
      ...other.environment,
      cores: 8,
      loadAverage: 6,
      versions: { ...other.environment.versions, node: '25' },
    };
    const { code, error } = await compare(makeRun(), { ...other, environment });
    expect(code).toBe(0);
    expect(error).toContain(
      'warning: different machines: a made-up processor, 2 cores, 4096 MiB, Linux and a made-up processor, 8 cores',
    );
    expect(error).toContain('warning: another node: 24.0.0 and 25');
    expect(error).toContain('warning: the machine was busy when the second run began: load average 6');
  });

  test('warns where the baseline is slower, too', async () => {
    const all = { readMilliseconds: { baseline: 14, pooling: 11, 'full-stack': 3 } };
    expect((await compare(makeRun(), makeRun(all))).error).toContain('it may be the machine that changed');
  });
});

describe('A ratio', () => {
  test.each([
    ['slower', 1.2, 1.1, 1.3],
    ['no difference seen', 1.2, 0.99, 1.4],
    ['no difference seen', 1.02, 1.01, 1.03],
    ['faster', 0.8, 0.7, 0.9],
    ['no difference seen', 0.8, 0.6, 1.1],
    ['no difference seen', 0.98, 0.97, 0.99],
  ] as const)('says %s at %d (%d … %d)', (difference, estimate, low, high) => {
    expect(judgeRatio({ estimate, low, high }, 0.05)).toBe(difference);
  });
});
