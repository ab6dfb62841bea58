import { expect, test } from '@jest/globals';
import { parseMetrics, sumOf, writesByMethod } from './metric-samples.ts';

const text = `# HELP rest_client_requests_total Requests
# TYPE rest_client_requests_total counter
rest_client_requests_total{code="200",method="GET"} 40
rest_client_requests_total{code="200",method="PATCH"} 7
rest_client_requests_total{code="409",method="PATCH"} 1
rest_client_requests_total{code="201",method="POST"} 2
process_resident_memory_bytes 1.5e+08
workqueue_depth{name="a\\"b"} 0
`;

test('samples are read with labels and without', () => {
  const samples = parseMetrics(text);
  expect(samples).toHaveLength(6);
  expect(samples[4]).toEqual({ name: 'process_resident_memory_bytes', labels: {}, value: 150_000_000 });
  expect(samples[5]?.labels.name).toBe('a\\"b');
});

test('writes are all requests but reads', () => {
  const writes = writesByMethod(parseMetrics(text));
  expect(writes).toEqual({ PATCH: 8, POST: 2 });
  expect(sumOf(writes)).toBe(10);
});
