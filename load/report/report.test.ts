import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from '@chatstack/test/engines/chromium.ts';
import { afterAll, describe, expect, test } from '@jest/globals';
import { runCommandLine } from '../command-line/run-command-line.ts';
import type { LoadRun } from '../results/load-run.ts';
import { writeRun } from '../results/run-file.ts';
import { makeRun } from '../testing/synthetic-run.ts';
import { formatChange, formatMilliseconds, formatNumber, formatSpread } from './figures.ts';
import { listReportFiles } from './report-files.ts';
import { reportSubcommand } from './report-subcommand.ts';

const folder = mkdtempSync(join(tmpdir(), 'chatstack-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pageOf = async (run: LoadRun): Promise<string> => (await listReportFiles(run)[0]?.text()) ?? '';
const sectionOf = (page: string, title: string): string | undefined =>
  page.split('\n## ').find((section) => section.startsWith(title));

async function report(...args: readonly string[]) {
  const [out, error]: [string[], string[]] = [[], []];
  const code = await runCommandLine([reportSubcommand], ['report', ...args], {
    environment: {},
    out: (text) => out.push(text),
    error: (text) => error.push(text),
    progress: undefined,
    colours: false,
    onInterrupt: () => undefined,
  });
  return { code, out: out.join('\n'), error: error.join('\n') };
}

describe('A report', () => {
  test('is written with its drawings, which the page shows, and the raw data beside it', async () => {
    const run = makeRun();
    const path = join(folder, 'measured.json');
    writeRun(path, run);
    const { code, out } = await report(path, '--out', join(folder, 'page'));
    expect(code).toBe(0);
    const page = readFileSync(join(folder, 'page/README.md'), 'utf8');
    const shown = [...page.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, name]) => name ?? '');
    expect(shown.length).toBe(11);
    for (const name of shown) expect(readFileSync(join(folder, 'page', name), 'utf8')).toContain('<svg');
    expect(JSON.parse(readFileSync(join(folder, 'page/run.json'), 'utf8'))).toEqual(run);
    const pictures = readdirSync(join(folder, 'page/charts')).filter((name) => name.endsWith('.png'));
    // Chromium is no must: without it, that is said.
    expect(pictures.length).toBe(findChromium() === undefined ? 0 : shown.length);
    expect(out.includes('no Chromium')).toBe(findChromium() === undefined);
  });

  test('is made in the folder of the raw data, which stay as they are', async () => {
    const path = join(folder, 'run.json');
    writeRun(path, { ...makeRun(), blocks: [] });
    const before = readFileSync(path, 'utf8');
    expect((await report(path)).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(existsSync(join(folder, 'README.md'))).toBe(true);
  });

  test('is refused of a file that is none', async () => {
    const { code, error } = await report(join(folder, 'nothing.json'));
    expect([code, error]).toEqual([2, expect.stringContaining('expected the raw data of a run in')]);
    expect((await report()).error).toContain('expected the file of one run, found 0');
  });

  test('of a run without blocks says of every criterion that it was not measured, and draws nothing', async () => {
    const files = listReportFiles({ ...makeRun(), blocks: [] });
    expect(files.map(({ path }) => path)).toEqual(['README.md']);
    expect(await files[0]?.text()).toContain('Of 8 criteria 8 not measured.');
  });

  test('lists blocks that are void, with the reason', async () => {
    const run = makeRun();
    const blocks = run.blocks.map((block, index) =>
      index === 1 ? { ...block, void: '3 requests were dropped' } : block,
    );
    expect(sectionOf(await pageOf({ ...run, blocks }), 'What does not count')).toContain(
      `1 of ${blocks.length} blocks count for nothing:\n\n| scenario, configuration | load | repetition | why |\n| --- | --- | --- | --- |\n| compare, pooling | 200 requests/s | 1 | 3 requests were dropped |`,
    );
  });

  test('says where the generator was in the way', async () => {
    const cores = { generator: 0.9, service: 0.7, redis: 0.1, pgbouncer: 0.1, postgres: 0.4 };
    const page = await pageOf(makeRun({ capacity: 900, coresPerThousand: cores }));
    expect(sectionOf(page, 'Who used the processor')).toMatch(/At \d of \d+ loads all cores were busy/);
    expect(sectionOf(page, 'All loads')).toMatch(/\| soak, full-stack \|.*\(full\) \|/);
    expect(sectionOf(await pageOf(makeRun({ cores: 4 })), 'Who used the processor')).toContain(
      'so it was never in the way',
    );
  });

  test('warns where other programs kept the machine busy', async () => {
    expect(await pageOf(makeRun({ cores: 4, otherCores: 1 }))).toContain('kept 1.00 of its 4 cores busy');
    expect(await pageOf(makeRun())).not.toContain('not quiet');
  });

  test('of a stack that somebody else runs calls none of its processes other programs, and names its own file', async () => {
    const run = makeRun({ otherCores: 0.6 });
    const blocks = run.blocks.flatMap((block) =>
      block.configuration === 'full-stack' ? [{ ...block, configuration: 'given' as const }] : [],
    );
    const command = 'npm run load -- run --url http://chat.example --out cluster/run.json';
    const page = await pageOf({ ...run, command, blocks });
    expect(page).not.toContain('not quiet');
    expect(sectionOf(page, 'Do pooling and caching pay?')).toBeUndefined();
    expect(sectionOf(page, 'At one arrival rate')).toContain('latency-distribution.svg');
    expect(sectionOf(page, 'How it was measured')).toContain('npm run load -- report cluster/run.json');
  });

  test('of an interrupted run says so', async () => {
    expect(await pageOf({ ...makeRun(), state: 'interrupted' })).toContain(
      'The run is interrupted: what is missing was not measured.',
    );
  });

  test("of somebody's URL has its own figures, and none of other configurations", async () => {
    const run = makeRun();
    const configurations = run.configurations.slice(2).map((each) => ({ ...each, name: 'given' as const }));
    const blocks = run.blocks
      .filter(({ configuration }) => configuration === 'full-stack')
      .map((block) => ({ ...block, configuration: 'given' as const }));
    const page = await pageOf({ ...run, configurations, blocks });
    expect(sectionOf(page, 'All loads')).toContain('| stress, given | 10,000 connections |');
    expect(page).toContain('| hit ratio after warm-up');
    expect(page).not.toContain('| baseline |');
  });
});

describe('Figures', () => {
  test.each([
    [0.1234, '0.12'],
    [12.345, '12.3'],
    [1_234.5, '1,235'],
    [Number.NaN, '–'],
  ])('%d is written %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test('tell their unit once where it is the same', () => {
    expect(formatSpread({ median: 12, least: 11, most: 14 }, formatMilliseconds)).toBe('12 ms (11 … 14)');
    expect(formatSpread({ median: 12, least: 11, most: 14_000 }, formatMilliseconds)).toBe('12 ms (11 ms … 14 s)');
    expect(formatSpread({ median: 12, least: 12, most: 12 }, formatMilliseconds)).toBe('12 ms');
  });

  test('that changed are told in the direction of the change', () => {
    expect(formatChange({ estimate: 0.4, low: 0.35, high: 0.5 })).toBe('60.0 % lower (50.0 … 65.0)');
    expect(formatChange({ estimate: 1.1, low: 0.9, high: 1.3 })).toBe('10.0 % higher (−10.0 … 30.0)');
  });
});
