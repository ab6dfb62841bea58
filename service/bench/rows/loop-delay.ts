import { measure } from '../compare.ts';
import { pagePath } from '../conversations.ts';
import { describeSpread, type Row } from '../row.ts';
import { spreadOf } from '../statistics.ts';

const LONGEST = 20;
const SHARE_OF_PEAK = 0.8;

/** How long whatever else a process does has to wait, while it serves pages at 80 % of what it can. */
export const LOOP_DELAY: Row = {
  name: 'loop-delay',
  title: 'event-loop delay, p99, at 80 % of the peak read rate',
  target: `≤ ${LONGEST} ms`,
  run: async (bench) => {
    const server = await bench.service('cached');
    const side = { server, load: { method: 'GET', headers: {}, requests: [{ path: pagePath(0) }] } } as const;
    const { blocks, seconds } = bench.settings;
    const peaks: number[] = [];
    for (let block = 0; block < blocks; block += 1) peaks.push((await measure(side, seconds)).perSecond);
    const peak = spreadOf(peaks).median;
    const delays: number[] = [];
    let rate = 0;
    for (let block = 0; block < blocks; block += 1) {
      await readDelay(server.metricsPort); // each scrape begins anew
      rate = (await measure(side, seconds, Math.round(peak * SHARE_OF_PEAK))).perSecond;
      delays.push(await readDelay(server.metricsPort));
    }
    const delay = spreadOf(delays);
    const share = Math.round((rate / peak) * 100);
    return {
      measured: [`${describeSpread(delay, ' ms')}, the timer's own 10 ms included, at ${share} % of the peak`],
      isMet: delay.median <= LONGEST,
    };
  },
};

/** p99 of the loop's delay since it was asked last, in milliseconds, as the service itself measures it. */
async function readDelay(metricsPort: number | undefined): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)?.[1]) * 1_000;
}
