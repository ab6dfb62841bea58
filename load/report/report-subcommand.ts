import { copyFileSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Io, type Subcommand, UsageError } from '../command-line/subcommand.ts';
import { readRun } from '../results/run-file.ts';
import { drawPngs } from './draw-pngs.ts';
import { listReportFiles } from './report-files.ts';

const usage = `npm run load -- report RUN.json [options]

Makes a page (README.md) of the raw data of a run, with its charts as SVG and PNG under charts/ and the raw data beside it (run.json):
what became of each promise about speed, with the spread of what was measured, and what to change.

  --out FOLDER           where it goes (default: the folder of RUN.json)

PNG needs Chromium (on the PATH, or CHROMIUM_PATH); without it, they are left out.

exit code: 0 the page is made, 2 it could not be made`;

function readArguments(args: readonly string[]): { readonly path: string; readonly folder: string } {
  const parsed = (() => {
    try {
      return parseArgs({ args: [...args], options: { out: { type: 'string' } }, allowPositionals: true });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  })();
  const [path, ...others] = parsed.positionals;
  if (path === undefined || others.length > 0)
    throw new UsageError(`expected the file of one run, found ${parsed.positionals.length}`);
  return { path, folder: parsed.values.out ?? dirname(path) };
}

const isSameFile = (one: string, other: string): boolean =>
  existsSync(other) && realpathSync(one) === realpathSync(other);

async function writeReport(args: readonly string[], { out }: Io): Promise<number> {
  const { path, folder } = readArguments(args);
  const run = readRun(path);
  const svgs = new Map<string, string>();
  const write = (name: string, content: string | Buffer) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  for (const file of listReportFiles(run)) {
    const text = await file.text();
    write(file.path, text);
    if (file.path.endsWith('.svg')) svgs.set(file.path, text);
  }
  if (!isSameFile(path, join(folder, 'run.json'))) copyFileSync(path, join(folder, 'run.json'));
  const pictures = await drawPngs(svgs);
  if (pictures === undefined) out('no Chromium on the PATH or in CHROMIUM_PATH: charts are there as SVG, not as PNG');
  for (const [name, picture] of pictures ?? []) write(name.replace(/svg$/, 'png'), picture);
  out(`${join(folder, 'README.md')}: ${svgs.size} charts of ${run.blocks.length} blocks`);
  return 0;
}

/** `npm run load -- report`: the page of a run. */
export const reportSubcommand: Subcommand = {
  name: 'report',
  summary: 'makes the page of a run: verdicts, charts, what to change',
  usage,
  run: writeReport,
};
