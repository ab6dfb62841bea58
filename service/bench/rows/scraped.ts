import { setTimeout as sleep } from 'node:timers/promises';
import { compare, type Side } from '../compare.ts';
import { messagesPath, pagePath, sendBody } from '../conversations.ts';
import { judge, type Row } from '../row.ts';
import type { ServerProcess } from '../server-process.ts';

const LEAST_PERCENT = 98;

/** How often a stack may be scraped at most, in seconds. */
const INTERVAL = 5;

/** Three scrapes at least. */
const LEAST_BLOCK = 3 * INTERVAL;

/** So many that the ticks which processor time is counted in do not matter. */
const SCRAPES = 200;

/** What it costs the service to be measured: the same process in blocks with and without somebody who reads its metrics. */
export const SCRAPED: Row = {
  name: 'scraped',
  title: `cached page, scraped each ${INTERVAL} s; blocks of ${LEAST_BLOCK} s`,
  target: `≥ ${LEAST_PERCENT} % of the same unscraped`,
  run: async (bench) => {
    const server = await bench.service('cached');
    await sendOnce(server.port); // the series of what is stored and announced are read, too
    const unscraped: Side = { server, load: { method: 'GET', headers: {}, requests: [{ path: pagePath(0) }] } };
    const scraped: Side = { ...unscraped, meanwhile: (signal) => scrapeUntil(server, signal) };
    const seconds = Math.max(bench.settings.seconds, LEAST_BLOCK);
    const { measured, isMet } = judge(await compare(scraped, unscraped, { ...bench.settings, seconds }), LEAST_PERCENT);
    return { measured: [...measured, await measureScrapes(server)], isMet };
  },
};

/** Reads metrics at once, and again each INTERVAL until it is told to stop. */
async function scrapeUntil(server: ServerProcess, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const next = sleep(INTERVAL * 1_000, undefined, { signal }).catch(() => undefined);
    await scrape(server);
    await next;
  }
}

/** What a scrape takes of a processor, however busy the machine is. */
async function measureScrapes(server: ServerProcess): Promise<string> {
  const before = server.cpuSeconds();
  for (let scrapes = 0; scrapes < SCRAPES; scrapes += 1) await scrape(server);
  const each = (server.cpuSeconds() - before) / SCRAPES;
  return `a scrape: ${(each * 1_000).toFixed(1)} ms of CPU, ${((each / INTERVAL) * 100).toFixed(2)} % of one each ${INTERVAL} s`;
}

async function scrape({ metricsPort }: ServerProcess): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`Expected metrics, found ${answer.status}`);
}

async function sendOnce(port: number): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${port}${messagesPath(0)}`, { method: 'POST', headers, body: sendBody });
  await answer.arrayBuffer();
  if (answer.status !== 201) throw new Error(`Expected 201 for a send, found ${answer.status}`);
}
