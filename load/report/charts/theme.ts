import type { Config } from 'vega-lite';
import type { ConfigurationName } from '../../results/load-run.ts';

/* Colours of Okabe and Ito (Color Universal Design, 2008), which people with any colour vision can tell apart. No colour means two things. */

/** The colour of a configuration in every chart. */
export const CONFIGURATION_COLOURS: Readonly<Record<ConfigurationName, string>> = {
  baseline: '#d55e00',
  pooling: '#0072b2',
  'full-stack': '#009e73',
  given: '#009e73',
};

/** Dashes of its line, for who prints in grey. */
export const CONFIGURATION_DASHES: Readonly<Record<ConfigurationName, readonly number[]>> = {
  baseline: [2, 2],
  pooling: [7, 3],
  'full-stack': [1, 0],
  given: [1, 0],
};

/** The colour of a process in every chart. */
export const PROCESS_COLOURS: Readonly<Record<string, string>> = {
  generator: '#333333',
  harness: '#888888',
  service: '#56b4e9',
  redis: '#cc79a7',
  pgbouncer: '#f0e442',
  postgres: '#e69f00',
  'idle stacks': '#e8e8e8',
};

/** What has no colour of its own. */
export const OTHER_COLOUR = '#c8c8c8';
/** Bounds and knees, beside what was measured. */
export const RULE_COLOUR = '#777777';
/** Loads from little to much. */
export const LOAD_COLOURS = ['#9ecae1', '#5ba3cf', '#2171b5', '#084594', '#041f45'] as const;

/** Width and height of a chart's plot in pixels. */
export const PLOT = { width: 640, height: 240 } as const;

/** How all charts look: on white, so that they can be read on a dark page too. */
export const CONFIG: Config = {
  background: '#ffffff',
  padding: 12,
  font: 'DejaVu Sans, Verdana, sans-serif',
  title: { anchor: 'start', fontSize: 14, subtitleFontSize: 11, subtitleColor: '#555', offset: 12 },
  view: { stroke: null },
  axis: {
    labelFontSize: 11,
    labelLimit: 600,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    titleColor: '#333',
    labelColor: '#444',
    gridColor: '#e6e6e6',
    domainColor: '#999',
    tickColor: '#999',
  },
  legend: {
    labelLimit: 600,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
    orient: 'top',
    direction: 'horizontal',
    symbolStrokeWidth: 2.5,
  },
  header: { labelFontSize: 12 },
};

/** A scale that gives each of some names its colour. */
export const colourScale = (names: readonly string[], colours: Readonly<Record<string, string>>) => ({
  domain: [...names],
  range: names.map((name) => colours[name] ?? OTHER_COLOUR),
});

/** An axis that grows by factors, marked at 1, 2 and 5 of each power of ten: at the powers alone where they are many, at more where one is all. */
export function logAxis(title: string, values: readonly number[]) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const powers = [-2, -1, 0, 1, 2, 3, 4, 5, 6].filter((power) => 10 ** (power + 1) >= least && 10 ** power <= most);
  const few = most / least < 10 ? [1, 1.5, 2, 3, 4, 5, 7] : [1, 2, 5];
  const steps = powers.length > 4 ? [1] : few;
  return {
    type: 'quantitative',
    title,
    scale: { type: 'log', domain: [least / 1.15, most * 1.15], nice: false },
    axis: { values: powers.flatMap((power) => steps.map((step) => step * 10 ** power)), format: ',~g' },
  };
}
