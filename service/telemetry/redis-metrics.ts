import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { OperationObserver } from './operation-observer.ts';

/** What is told of Redis. */
export type RedisMetrics = { readonly observeCommand: OperationObserver };

// A command is given up after 100 ms.
const BOUNDS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

/** Registers the metrics of Redis; `isAvailable` is asked at each scrape and answers undefined where there is no Redis. */
export function createRedisMetrics(registry: Registry, isAvailable: () => boolean | undefined): RedisMetrics {
  const registers = [registry];
  new Gauge({
    name: 'redis_available',
    help: '1 while commands are sent to Redis, 0 while it is left alone, no value where it is not used.',
    registers,
    collect() {
      const available = isAvailable();
      if (available !== undefined) this.set(available ? 1 : 0);
      else this.remove();
    },
  });
  const duration = new Histogram({
    name: 'redis_command_duration_seconds',
    help: 'Time from sending a command to its answer, in seconds. Command is its name, or that of a script.',
    labelNames: ['command'],
    buckets: BOUNDS,
    registers,
  });
  const errors = new Counter({
    name: 'redis_command_errors_total',
    help: 'Commands that Redis refused or did not answer in time.',
    labelNames: ['command'],
    registers,
  });
  // Names are of the program, so there are few of them.
  const known = new Map<string, { observe(seconds: number): void }>();
  const findSeries = (command: string) => {
    const found = known.get(command);
    if (found) return found;
    errors.inc({ command }, 0); // there from the beginning: what appears with its first error has no rate
    const series = duration.labels({ command });
    known.set(command, series);
    return series;
  };
  return {
    observeCommand: (command) => {
      const series = findSeries(command);
      const start = performance.now();
      return (error) => {
        series.observe((performance.now() - start) / 1_000);
        if (error !== undefined) errors.inc({ command });
      };
    },
  };
}
