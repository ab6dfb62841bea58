/** One sample of a Prometheus text exposition. */
export type MetricSample = { name: string; labels: Record<string, string>; value: number };

/** Reads the samples of a Prometheus text exposition; comments and what is no sample are passed over. */
export function parseMetrics(text: string): MetricSample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = line.match(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/) ?? [];
    if (name === undefined || value === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}

/** Requests that may have changed something at the API server, summed by method: all but reads. */
export function writesByMethod(samples: MetricSample[]): Record<string, number> {
  const writes: Record<string, number> = {};
  for (const { name, labels, value } of samples) {
    const method = labels.method ?? '';
    if (name !== 'rest_client_requests_total' || /^(GET|HEAD|OPTIONS)$/.test(method)) continue;
    writes[method] = (writes[method] ?? 0) + value;
  }
  return writes;
}

/** The sum of a record's numbers. */
export function sumOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
