import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/** The version of this service. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

/** Registers what is told of the process beside prom-client's own metrics (collectDefaultMetrics). */
export function createProcessMetrics(registry: Registry): void {
  const registers = [registry];
  new Gauge({ name: 'chat_service_info', help: 'Always 1.', labelNames: ['version'], registers }).set(
    { version: VERSION },
    1,
  );
  // A counter and not a ratio, so that any number of readers can take the rate of any window.
  new Counter({
    name: 'nodejs_eventloop_active_seconds_total',
    help: 'Time that the event loop spent on work instead of waiting for it, in seconds; its rate is the use of one core.',
    registers,
    collect() {
      this.reset();
      this.inc(performance.eventLoopUtilization().active / 1_000);
    },
  });
}
