import { groupBlocks } from '../results/groups.ts';
import type { LoadRun } from '../results/load-run.ts';
import { drawCharts } from './charts/charts.ts';
import { drawSvg } from './charts/draw-svg.ts';
import { CONFIG } from './charts/theme.ts';
import { buildPage, CHARTS_FOLDER } from './page/page.ts';

/** A file of a report, by its path within the folder of the report. */
export type ReportFile = { readonly path: string; readonly text: () => string | Promise<string> };

/** The page and the drawings of a run; the same run makes the same files, on every machine. */
export function listReportFiles(run: LoadRun): readonly ReportFile[] {
  const charts = drawCharts({ run, groups: groupBlocks(run) });
  return [
    { path: 'README.md', text: () => buildPage(run, charts) },
    ...charts.map(({ name, spec }) => ({
      path: `${CHARTS_FOLDER}/${name}.svg`,
      text: async () => `${await drawSvg(spec, CONFIG)}\n`,
    })),
  ];
}
