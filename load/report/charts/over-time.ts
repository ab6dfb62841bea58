import type { SampleField } from '../../results/groups.ts';
import type { Block } from '../../results/load-run.ts';
import { medianOf } from '../../statistics/spread.ts';
import type { Plot } from './chart.ts';
import { LOAD_COLOURS, PLOT, RULE_COLOUR } from './theme.ts';

/** So many points of a line at most: more cannot be told apart. The raw data keep them all. */
const MOST_POINTS = 150;

/** A line over time: a block, or several of one load. */
export type Line = { readonly name: string; readonly blocks: readonly Block[] };

/** What is shown over time. */
export type OverTime = {
  readonly field: SampleField;
  readonly axis: string;
  /** What a unit of the axis is in units of the samples. */
  readonly unit?: number;
  /** How points are made of several seconds: the most where a bound is a bound on the most, else the median. */
  readonly thinnedBy: 'most' | 'median';
  readonly bounds?: readonly { readonly value: number; readonly label: string }[];
  /** The most that can be. */
  readonly limit?: number;
  readonly isLog?: boolean;
  readonly withWarmUp?: boolean;
  readonly isMinutes?: boolean;
  readonly legend?: string;
};

const most = (values: readonly number[]): number => Math.max(...values);

/** Values of a field by second, thinned to what a line can show. */
function pointsOf({ name, blocks }: Line, { field, unit = 1, thinnedBy, withWarmUp = false }: OverTime) {
  return blocks.flatMap(({ samples, repetition }) => {
    const seen = samples.flatMap((sample) => {
      const value = sample[field];
      return value === undefined || (sample.at < 0 && !withWarmUp) ? [] : [{ at: sample.at, value: value / unit }];
    });
    const step = Math.ceil(seen.length / MOST_POINTS);
    const reduce = thinnedBy === 'most' ? most : medianOf;
    return Array.from({ length: Math.ceil(seen.length / Math.max(1, step)) }, (_, index) => {
      const part = seen.slice(index * step, (index + 1) * step);
      return {
        name,
        line: `${name} ${repetition}`,
        at: part[0]?.at ?? 0,
        value: reduce(part.map(({ value }) => value)),
      };
    });
  });
}

/** Bounds as dashed lines with their names, as far as they are within twice of what was seen. */
function boundLayers({ bounds = [] }: OverTime, highest: number, y: Plot): readonly Plot[] {
  const values = bounds.filter(({ value }) => value <= Math.max(highest * 2, bounds[0]?.value ?? 0));
  if (values.length === 0) return [];
  const encoding = { y: { field: 'value', ...y } };
  return [
    { data: { values }, mark: { type: 'rule', strokeDash: [5, 4], color: RULE_COLOUR }, encoding },
    {
      data: { values },
      mark: { type: 'text', align: 'left', dx: 4, color: '#555', fontSize: 11 },
      encoding: { ...encoding, x: { value: 'width' }, text: { field: 'label' } },
    },
  ];
}

/** Lines over time, their colours from little to much load; undefined where nothing was sampled. */
export function plotOverTime(lines: readonly Line[], shown: OverTime): Plot | undefined {
  const values = lines.flatMap((line) => pointsOf(line, shown));
  if (values.length === 0) return undefined;
  const names = lines.map(({ name }) => name);
  const highest = most(values.map(({ value }) => value));
  const y = {
    type: 'quantitative',
    title: shown.axis,
    scale: shown.isLog
      ? { type: 'symlog', constant: 1 }
      : { zero: true, ...(shown.limit ? { domain: [0, shown.limit] } : {}) },
    axis: shown.isLog ? { values: [0, 1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000] } : { tickCount: 5 },
  };
  const x = {
    field: 'at',
    type: 'quantitative',
    title: shown.isMinutes ? 'minutes of the block' : 'seconds since the measured part began',
    ...(shown.isMinutes ? { axis: { labelExpr: "format(datum.value / 60, '~g')", values: everyMinute(values) } } : {}),
    scale: { nice: false },
  };
  const colours = names.length === 1 ? [LOAD_COLOURS[3]] : spreadColours(names.length);
  const warmUp = values.some(({ at }) => at < 0)
    ? [
        {
          data: { values: [{ from: most(values.map(({ at }) => -at)) * -1, to: 0 }] },
          mark: { type: 'rect', color: '#f0f0f0' },
          encoding: { x: { ...x, field: 'from' }, x2: { field: 'to' } },
        },
      ]
    : [];
  return {
    ...PLOT,
    layer: [
      ...warmUp,
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 1.6 },
        encoding: {
          x,
          y: { field: 'value', ...y },
          detail: { field: 'line' },
          color: {
            field: 'name',
            type: 'nominal',
            title: shown.legend ?? null,
            sort: null,
            scale: { domain: names, range: colours },
            ...(names.length === 1 ? { legend: null } : {}),
          },
        },
      },
      ...boundLayers(shown, highest, y),
    ],
  };
}

const everyMinute = (values: readonly { readonly at: number }[]): readonly number[] => {
  const minutes = Math.ceil(most(values.map(({ at }) => at)) / 60);
  const step = Math.max(1, Math.round(minutes / 10));
  return Array.from({ length: Math.floor(minutes / step) + 1 }, (_, index) => index * step * 60);
};

/** So many of the colours, from the lightest to the darkest. */
const spreadColours = (count: number): readonly string[] =>
  Array.from(
    { length: count },
    (_, index) =>
      LOAD_COLOURS[Math.round((index * (LOAD_COLOURS.length - 1)) / Math.max(1, count - 1))] ?? LOAD_COLOURS[0],
  );
