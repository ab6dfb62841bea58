import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { allSheets, fileNameOf } from '@chatstack/dashboards/grafana/all-sheets.ts';
import type { Chart } from '@chatstack/dashboards/grafana/chart.ts';
import { startChromium } from '../../engines/chromium.ts';
import type { TimeRange } from '../../engines/prometheus.ts';
import { startChatTraffic } from '../chat-traffic.ts';
import { fillVariables } from '../grafana-variables.ts';
import { type MonitoredStack, NAMES, startMonitoredStack } from '../monitored-stack.ts';
import { type Answer, askChart, hasData } from './ask-chart.ts';
import { buildSheetPage, PAGE_WIDTH } from './sheet-page.ts';

const FOLDER = fileURLToPath(new URL('../../../docs/images/dashboards/', import.meta.url));

/** Seconds between two scrapes and between two points. */
const INTERVAL = 2;

/** What happens while it is watched: so many requests a second for so many seconds. */
const PHASES: readonly (readonly [seconds: number, rate: number])[] = [
  [40, 30],
  [30, 70],
  [30, 40],
];

/** Rates need some scrapes before the first point of a drawing. */
const LEAD_SECONDS = 12;

process.exitCode = await main();

async function main(): Promise<number> {
  const monitored = await startMonitoredStack(INTERVAL);
  try {
    for (const { job, source } of monitored.recorded)
      process.stdout.write(`${job}: played from a recording of ${source}\n`);
    const span = await watchTraffic(monitored);
    return await drawAll(monitored, span);
  } finally {
    await monitored.stop();
  }
}

/** Users come and go; answers the time that is worth to be seen. */
async function watchTraffic({ replicas }: MonitoredStack): Promise<TimeRange> {
  const traffic = await startChatTraffic(
    replicas.map(({ url }) => url),
    PHASES[0]?.[1] ?? 1,
  );
  await sleep(LEAD_SECONDS * 1_000);
  const from = Math.ceil(Date.now() / 1_000);
  for (const [seconds, rate] of PHASES) {
    traffic.setRate(rate);
    await sleep(seconds * 1_000);
  }
  const to = Math.floor(Date.now() / 1_000);
  await traffic.stop();
  return { from, to, step: INTERVAL };
}

/** Draws every dashboard; answers 1 where a chart has no data though no reason is known. */
async function drawAll({ prometheus }: MonitoredStack, range: TimeRange): Promise<number> {
  const variables = { ...NAMES, scrapeInterval: INTERVAL, step: INTERVAL, range: range.to - range.from };
  const fill = (expression: string) => fillVariables(expression, variables);
  const browser = await startChromium();
  mkdirSync(FOLDER, { recursive: true });
  const silent: string[] = [];
  try {
    const page = await browser.newPage({ viewport: { width: PAGE_WIDTH + 24, height: 800 } });
    for (const sheet of allSheets) {
      const charts = sheet.rows.flatMap((row) => row.charts);
      const answers = new Map<Chart, readonly Answer[]>();
      for (const chart of charts) answers.set(chart, await askChart(chart, prometheus, range, fill));
      silent.push(
        ...charts.filter((chart) => !hasData(answers.get(chart) ?? [])).map(({ title }) => `${sheet.title}: ${title}`),
      );
      await page.setContent(await buildSheetPage(sheet, (chart) => answers.get(chart) ?? [], [range.from, range.to]));
      const path = `${FOLDER}${fileNameOf(sheet)}.png`;
      await page.screenshot({ path, fullPage: true });
      process.stdout.write(`drew ${path}\n`);
    }
  } finally {
    await browser.close();
  }
  if (silent.length > 0)
    process.stderr.write(
      `Expected data of every chart, found none of:\n${silent.map((name) => `  ${name}\n`).join('')}`,
    );
  return silent.length > 0 ? 1 : 0;
}
