import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { openPrometheusProbe } from './prometheus-probe.ts';

// What a real Prometheus answers is asked of one in test/dashboards.

let server: Server;
afterEach(() => void server.close());

async function answer(status: number, body: unknown): Promise<string> {
  server = createServer((_request, response) => response.writeHead(status).end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ['refuses', 503, { status: 'error' }, /^--prometheus-url: expected the Prometheus .*, found none: status 503/],
  [
    'answers something else',
    200,
    { messages: [] },
    /^--prometheus-url: expected the Prometheus .*, found none: another answer/,
  ],
  [
    ...(['knows no service', 200, { data: { resultType: 'vector', result: [] } }] as const),
    /^--prometheus-url: expected the Prometheus .*, found one that knows no process of its service; .*\/targets$/,
  ],
])('a Prometheus that %s is no place to look at a stack', async (_what, status, body, message) => {
  await expect(openPrometheusProbe(await answer(status, body))).rejects.toThrow(message);
});

test('where nobody listens, that is said', async () => {
  const url = await answer(200, {});
  await new Promise((resolve) => server.close(resolve));
  await expect(openPrometheusProbe(url)).rejects.toThrow(
    /^--prometheus-url: expected the Prometheus .*, found none: .*ECONNREFUSED/,
  );
});
