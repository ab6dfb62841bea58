/** One figure of the benchmark. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Each time it was measured. */
  readonly values: readonly number[];
  /** The most that it should be; absent where the figure only explains others. */
  readonly target?: number;
}

/** The middle one of some values. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The figure as a row of a table: median, least and most, target, and whether that is kept. */
export function formatFigure({ name, unit, values, target }: Figure): string {
  const round = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(1));
  const median = medianOf(values);
  const spread = values.length > 1 ? `${round(Math.min(...values))}–${round(Math.max(...values))}` : '';
  const verdict = target === undefined ? '' : median <= target ? 'kept' : 'MISSED';
  return `| ${name} | ${round(median)} ${unit} | ${spread} | ${target === undefined ? '' : `≤ ${target}`} | ${verdict} |`;
}

/** The head of the table. */
export const figureHead = '| what | median | of | target | |\n|---|---|---|---|---|';
