import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was recorded, and when. */
type About = {
  /** The program with its version, and what it was asked about. */
  readonly source: string;
  /** When the first scrape was read, in seconds since 1970. */
  readonly at: number;
  /** Seconds between both. */
  readonly apart: number;
};

/** Two scrapes of one program, some time apart, as they were read. */
export type RecordedScrape = About & { readonly first: string; readonly second: string };

const fileOf = (name: string, file: string): URL => new URL(`recorded/${name}/${file}`, import.meta.url);

/** Reads a recording of the folder `recorded`. */
export function readRecording(name: string): RecordedScrape {
  const read = (file: string) => readFileSync(fileOf(name, file), 'utf8');
  return { ...(JSON.parse(read('about.json')) as About), first: read('first.prom'), second: read('second.prom') };
}

/** Writes a recording into the folder `recorded`. */
export function writeRecording(name: string, { first, second, ...about }: RecordedScrape): void {
  mkdirSync(fileOf(name, ''), { recursive: true });
  writeFileSync(fileOf(name, 'about.json'), `${JSON.stringify(about, undefined, 2)}\n`);
  writeFileSync(fileOf(name, 'first.prom'), first);
  writeFileSync(fileOf(name, 'second.prom'), second);
}

const SAMPLE = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)$/;
const COUNTER = /_(total|count|sum|bucket)(\{|$)/;
const TIMESTAMP = /^\w+_timestamp_seconds(\{|$)/;

const readSamples = (text: string): Map<string, number> =>
  new Map(
    text.split('\n').flatMap((line) => {
      const [, series, value] = SAMPLE.exec(line) ?? [];
      return series === undefined ? [] : [[series, Number(value)] as const];
    }),
  );

/**
 * What a scrape would be so many seconds after the first one: counters grow on as fast as they did between both, gauges are now as
 * in the first, now as in the second, and times move along with the clock.
 */
export function continueScrape(recording: RecordedScrape, elapsed: number, now: number): string {
  const second = readSamples(recording.second);
  const isSecond = Math.floor(elapsed / recording.apart) % 2 === 1;
  return recording.first.replace(/^[^#\n].*$/gm, (line) => {
    const [, series = '', text] = SAMPLE.exec(line) ?? [];
    const from = Number(text);
    const to = second.get(series) ?? from;
    if (TIMESTAMP.test(series)) return `${series} ${from === 0 ? 0 : from + now - recording.at}`;
    if (COUNTER.test(series)) return `${series} ${from + ((to - from) * elapsed) / recording.apart}`;
    return `${series} ${isSecond ? to : from}`;
  });
}

/** A server that answers every request with the recording as it would have gone on since the server was started. */
export async function serveRecording(recording: RecordedScrape): Promise<{ address: string; stop(): Promise<void> }> {
  const started = Date.now() / 1_000;
  const server: Server = createServer((_, response) => {
    const now = Date.now() / 1_000;
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' });
    response.end(continueScrape(recording, now - started, now));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
