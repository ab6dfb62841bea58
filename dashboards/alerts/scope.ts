import type { AlertInput } from './alert-input.ts';
import { defaultThresholds, type Thresholds } from './thresholds.ts';

/** What every family of alerts of one stack is made of. */
export interface Scope {
  readonly input: AlertInput;
  readonly thresholds: Thresholds;
  /** The series of a metric that belong to the stack, `matchers` being further ones of PromQL. */
  series(metric: string, matchers?: string): string;
  /** The shortest window that rates are taken over: five minutes, or four scrapes where these take longer. */
  readonly window: string;
}

/** The labels that tell one stack from another: what is summed over a stack keeps these. */
export const perStack = 'by (namespace, stack)';

const leastWindowMinutes = 5;

/** The scope of a stack. */
export const buildScope = (input: AlertInput): Scope => ({
  input,
  thresholds: orderThresholds({ ...defaultThresholds, ...input.thresholds }),
  series: (metric, matchers) =>
    `${metric}{namespace="${input.namespace}",stack="${input.stack}"${matchers === undefined ? '' : `,${matchers}`}}`,
  window: `${Math.max(leastWindowMinutes, Math.ceil((4 * input.scrapeIntervalSeconds) / 60))}m`,
});

/** No warning begins later than what it warns of, where the author has set the one and not the other. */
const orderThresholds = (all: Thresholds): Thresholds => ({
  ...all,
  poolUseWarning: Math.min(all.poolUseWarning, all.poolUseCritical),
  connectionUseWarning: Math.min(all.connectionUseWarning, all.connectionUseCritical),
  volumeUseWarning: Math.min(all.volumeUseWarning, all.volumeUseCritical),
});

/** A scrape lasts 10 s at most, or as long as the time between two; this share of it is as good as all of it. */
const timeoutShare = 0.9;

/**
 * The exporters of a component whose last scrape ran out of time. They have no limit of their own, so what hangs (a disk that does not
 * answer, a frozen process) takes the metric that would tell of it away; an exporter that is gone refuses at once.
 */
export const hanging = ({ series, input }: Scope, component: 'pgbouncer' | 'postgres' | 'redis'): string => {
  const of = `component="${component}"`;
  const seconds = timeoutShare * Math.min(input.scrapeIntervalSeconds, 10);
  return `(${series('up', of)} == 0 and ${series('scrape_duration_seconds', of)} >= ${seconds})`;
};

/** A share as a person writes it: 0.8 → "80%". */
export const percent = (share: number): string => `${Number((share * 100).toPrecision(6))}%`;

/** A time as a person writes it: 900 → "15 min". */
export const time = (seconds: number): string => {
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(6))} ms`;
  if (seconds < 120 || seconds % 60 !== 0) return `${seconds} s`;
  if (seconds >= 172_800 && seconds % 86_400 === 0) return `${seconds / 86_400} days`;
  return seconds < 7200 ? `${seconds / 60} min` : `${Number((seconds / 3600).toPrecision(4))} h`;
};
