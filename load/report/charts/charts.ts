import type { TopLevelSpec } from 'vega-lite';
import type { Results } from '../criteria/criterion.ts';
import type { Chart } from './chart.ts';
import { distributionChart, repetitionsChart } from './latency-charts.ts';
import { processorChart, processorSecondsChart } from './processor-chart.ts';
import { peakChart, stressChart } from './stress-charts.ts';
import { databaseConnectionsChart, hitRatioChart, memoryChart, queueWaitChart, spikeChart } from './time-charts.ts';

const charts: readonly Chart[] = [
  distributionChart,
  repetitionsChart,
  hitRatioChart,
  queueWaitChart,
  databaseConnectionsChart,
  stressChart,
  peakChart,
  processorChart,
  processorSecondsChart,
  memoryChart,
  spikeChart,
];

/** A chart that a run has the data for. */
export type DrawnChart = Pick<Chart, 'name' | 'title' | 'caption'> & { readonly spec: TopLevelSpec };

/** All charts that a run has the data for. */
export const drawCharts = (results: Results): readonly DrawnChart[] =>
  charts.flatMap((chart) => {
    const spec = chart.draw(results);
    return spec === undefined ? [] : [{ name: chart.name, title: chart.title, caption: chart.caption, spec }];
  });
