import { parseExposition, type Series } from './exposition.ts';
import type { Probe } from './probe.ts';
import { createServiceReader } from './service-reader.ts';

const patience = 900; // ms: a round is a second

/** Asks `/metrics` of one service process. */
export async function openServiceProbe(url: string): Promise<Probe> {
  const scrape = async (): Promise<Series> => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patience) });
    if (!answer.ok) throw new Error(`expected metrics at ${url}, found status ${answer.status}`);
    return parseExposition(await answer.text());
  };
  const { read, restarts } = createServiceReader(await scrape());
  return { read: async () => read(await scrape()), restarts };
}
