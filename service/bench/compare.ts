import { generateLoad } from './generator/generate.ts';
import type { LoadPlan } from './generator/plan.ts';
import type { ServerProcess } from './server-process.ts';
import { type BenchSettings, CONNECTIONS } from './settings.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** What is asked of which server. */
export type Side = {
  readonly server: ServerProcess;
  readonly load: Pick<LoadPlan, 'method' | 'headers' | 'requests'>;
  /** What else goes on while a block is measured; it ends when the signal says so. */
  readonly meanwhile?: (signal: AbortSignal) => Promise<void>;
};

/** Requests per second and microseconds of the server's processor per request. */
export type Figures = { readonly perSecond: number; readonly cpuMicros: number };

/** The service beside its limit. Ratios are those of blocks that were neighbours, in percent; more is better in both. */
export type Comparison = {
  readonly service: Figures;
  readonly limit: Figures;
  readonly byRate: Spread;
  readonly byCpu: Spread;
};

/**
 * Measures two servers in blocks that take turns (first one, then the other first), so that what else the machine does hits
 * both alike. A ratio within one run says something; the figures themselves are this machine's.
 */
export async function compare(service: Side, limit: Side, { blocks, seconds }: BenchSettings): Promise<Comparison> {
  for (const side of [service, limit]) await measure(side, Math.min(seconds, 2)); // warm
  const pairs: { service: Figures; limit: Figures }[] = [];
  for (let block = 0; block < blocks; block += 1) {
    if (block % 2 === 0) {
      const first = await measure(service, seconds);
      pairs.push({ service: first, limit: await measure(limit, seconds) });
    } else {
      const first = await measure(limit, seconds);
      pairs.push({ limit: first, service: await measure(service, seconds) });
    }
  }
  const median = (of: 'service' | 'limit'): Figures => ({
    perSecond: spreadOf(pairs.map((pair) => pair[of].perSecond)).median,
    cpuMicros: spreadOf(pairs.map((pair) => pair[of].cpuMicros)).median,
  });
  return {
    service: median('service'),
    limit: median('limit'),
    byRate: spreadOf(pairs.map((pair) => (pair.service.perSecond / pair.limit.perSecond) * 100)),
    byCpu: spreadOf(pairs.map((pair) => (pair.limit.cpuMicros / pair.service.cpuMicros) * 100)),
  };
}

/** One block of a load. */
export async function measure({ server, load, meanwhile }: Side, seconds: number, rate?: number): Promise<Figures> {
  const before = server.cpuSeconds();
  const plan = { ...load, port: server.port, connections: CONNECTIONS, seconds, ...(rate ? { rate } : {}) };
  const ended = new AbortController();
  const beside = meanwhile?.(ended.signal);
  const { answers, seconds: took } = await generateLoad(plan).finally(() => ended.abort());
  const used = server.cpuSeconds() - before;
  await beside;
  return { perSecond: answers / took, cpuMicros: (used * 1e6) / answers };
}
