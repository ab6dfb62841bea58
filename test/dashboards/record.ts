import { setTimeout as sleep } from 'node:timers/promises';
import { writeRecording } from './recorded-scrape.ts';

// Records a program for the tests: node test/dashboards/record.ts NAME SOURCE URL [SECONDS]
const [name, source, url, seconds = '60'] = process.argv.slice(2);
if (name === undefined || source === undefined || url === undefined) {
  throw new Error('Expected a name, what is recorded and the address of its metrics, found fewer arguments.');
}
/** Series of the Go runtime and of the scrape itself are of no use. */
const USELESS = /^(# \w+ )?(go_|promhttp_).*\n/gm;

const scrape = async () => (await (await fetch(url)).text()).replace(USELESS, '');

const at = Date.now() / 1_000;
const first = await scrape();
await sleep(Number(seconds) * 1_000);
const second = await scrape();
writeRecording(name, { source, at, apart: Date.now() / 1_000 - at, first, second });
