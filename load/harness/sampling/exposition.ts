/** Series as Prometheus' text format has them: name and labels as they are written → value. */
export type Series = ReadonlyMap<string, number>;

/** Reads the text; what is no series is passed over. */
export function parseExposition(text: string): Series {
  const series = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const place = line.lastIndexOf(' ');
    series.set(line.slice(0, place), Number(line.slice(place + 1)));
  }
  return series;
}

const isOf = (key: string, name: string, labels: readonly string[]): boolean =>
  (key === name || key.startsWith(`${name}{`)) && labels.every((label) => key.includes(label));

const valuesOf = (series: Series, name: string, labels: readonly string[]): readonly number[] =>
  [...series].flatMap(([key, value]) => (isOf(key, name, labels) ? [value] : []));

/** Sum of the series of a name whose labels contain all of these texts; undefined where there is none. */
export function sumOf(series: Series, name: string, ...labels: readonly string[]): number | undefined {
  const values = valuesOf(series, name, labels);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

/** The largest of the series of a name; undefined where there is none. */
export function mostOf(series: Series, name: string): number | undefined {
  const values = valuesOf(series, name, []);
  return values.length === 0 ? undefined : Math.max(...values);
}

/** How many series a name has. */
export const countOf = (series: Series, name: string): number => valuesOf(series, name, []).length;

/** How much the counters of a name grew since an earlier look; one that is smaller now began anew at 0. */
export function increaseOf(series: Series, before: Series, name: string, ...labels: readonly string[]): number {
  let sum = 0;
  for (const [key, value] of series) {
    if (!isOf(key, name, labels)) continue;
    const earlier = before.get(key) ?? 0;
    sum += value < earlier ? value : value - earlier;
  }
  return sum;
}
