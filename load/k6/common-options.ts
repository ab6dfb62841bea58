import { metricName } from './k6-plan.ts';

/** Options that all scripts share: no series for every URL, and bodies are read only where they are looked at. */
export const commonOptions = { discardResponseBodies: true, systemTags: [], summaryTimeUnit: 'ms' as const };

/** What the harness waits for in the log: from here on, time counts. Before it, virtual users are made ready. */
export const beginMark = 'load begins';

/** Runs when virtual users are ready, right before the first of them begins. */
export const setup = (): void => console.error(beginMark);

/** Thresholds: of so many measured spans, none has a request that failed. */
export const noneFailed = (spans: number): Record<string, string[]> =>
  Object.fromEntries(Array.from({ length: spans }, (_, span) => [metricName('failed', span), ['count==0']]));
