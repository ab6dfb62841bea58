import type { Bench } from '../bench.ts';
import { compare } from '../compare.ts';
import { drawByZipf, MESSAGES, pagePath } from '../conversations.ts';
import type { LoadRequest } from '../generator/plan.ts';
import { judge, type Row, type RowResult } from '../row.ts';

// Long enough that 64 connections, each at a place of its own, ask for other pages at a time.
const DRAWN = 8_192;

const one: readonly LoadRequest[] = [{ path: pagePath(0) }];

/** Pages out of the cache against node:http with one GET of Redis. */
export const CACHED_PAGES: readonly Row[] = [
  {
    name: 'cached-hot',
    title: 'cached page, one hot conversation',
    target: '≥ 100 % of node:http + one Redis GET',
    run: (bench) => run(bench, one, {}, 100),
  },
  {
    name: 'cached-zipf',
    title: 'cached pages of 1,000 conversations, Zipf',
    target: '≥ 80 % of node:http + one Redis GET',
    run: (bench) =>
      run(
        bench,
        drawByZipf(DRAWN).map((index) => ({ path: pagePath(index) })),
        {},
        80,
      ),
  },
  {
    name: 'conditional',
    title: 'conditional read (If-None-Match), answered 304',
    target: '≥ 120 % of node:http + one Redis GET',
    run: (bench) => run(bench, one, { 'If-None-Match': `W/"${MESSAGES}"` }, 120),
  },
];

async function run(
  bench: Bench,
  requests: readonly LoadRequest[],
  headers: Readonly<Record<string, string>>,
  percent: number,
): Promise<RowResult> {
  const server = await bench.service('cached');
  const limit = await bench.limit('redis-get');
  for (const path of new Set(requests.map((request) => request.path)))
    await fetch(`http://127.0.0.1:${server.port}${path}`);
  const before = await readCounts(server.port);
  const comparison = await compare(
    { server, load: { method: 'GET', headers, requests } },
    { server: limit, load: { method: 'GET', headers: {}, requests: [{ path: '/' }] } },
    bench.settings,
  );
  const { hits, misses } = await readCounts(server.port);
  const missed = (misses - before.misses) / (hits - before.hits); // each page once, and again when its life has ended
  if (missed > 0.05) throw new Error(`Expected pages from the cache, found ${Math.round(missed * 100)} % misses`);
  return judge(comparison, percent);
}

async function readCounts(port: number): Promise<{ hits: number; misses: number }> {
  const answer = await fetch(`http://127.0.0.1:${port}/health/cache`);
  return ((await answer.json()) as { metrics: { hits: number; misses: number } }).metrics;
}
