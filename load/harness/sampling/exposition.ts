/** Series of Prometheus' text format: name and labels as they are written → value. */
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

/** Sum of the series of a name whose labels contain all of these texts; undefined where there is none. */
export function sumOf(series: Series, name: string, ...labels: readonly string[]): number | undefined {
  let sum: number | undefined;
  for (const [key, value] of series) {
    if (key !== name && !key.startsWith(`${name}{`)) continue;
    if (labels.every((label) => key.includes(label))) sum = (sum ?? 0) + value;
  }
  return sum;
}
