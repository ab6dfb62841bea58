import { measure } from '../compare.ts';
import { pagePath } from '../conversations.ts';
import { describeSpread, type Row } from '../row.ts';
import { spreadOf } from '../statistics.ts';

const LONGEST = 20;
const SHARE_OF_PEAK = 0.8;

/** How often the timer is due that Node measures the delay with, in milliseconds; the figure that it gives includes it. */
const TIMER_INTERVAL = 10;

/** Tries of the generator, which can only pause, to find the rate. */
const CALIBRATIONS = 3;

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
    const wanted = peak * SHARE_OF_PEAK;
    let asked = wanted;
    const delays: number[] = [];
    const rates: number[] = [];
    for (let block = -CALIBRATIONS; block < blocks; block += 1) {
      await readDelay(server.metricsPort); // each scrape begins anew
      const { perSecond } = await measure(side, seconds, Math.round(asked));
      if (block < 0) {
        asked = Math.min(asked * (wanted / perSecond), peak * 4);
        continue;
      }
      rates.push(perSecond);
      delays.push((await readDelay(server.metricsPort)) - TIMER_INTERVAL);
    }
    const delay = spreadOf(delays);
    const share = Math.round((spreadOf(rates).median / peak) * 100);
    return {
      measured: [`${describeSpread(delay, ' ms')} late, at ${share} % of the peak of ${Math.round(peak)}/s`],
      isMet: delay.median <= LONGEST,
    };
  },
};

/** p99 of the time between two runs of the timer since it was asked last, in milliseconds, as the service itself measures it. */
async function readDelay(metricsPort: number | undefined): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)?.[1]) * 1_000;
}
