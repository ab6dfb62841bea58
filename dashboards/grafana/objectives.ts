import { defaultObjectives } from '../alerts/alert-input.ts';
import { remainder, userRequests } from '../alerts/objectives.ts';
import { orNone, select } from './promql.ts';

const REQUESTS = 'http_request_duration_seconds';

/** What alerts go by: the share of requests without a server error, that of those answered in time, and the time in seconds. */
export const {
  availability: AVAILABILITY,
  latencyShare: LATENCY_SHARE,
  latencySeconds: LATENCY_SECONDS,
} = defaultObjectives;

/** A failure is no quick answer, nor a slow one. */
const WITHOUT_FAILURE = 'status!~"5.."';

const growth = (series: 'count' | 'bucket', window: string, ...matchers: readonly string[]) =>
  `sum(increase(${select(`${REQUESTS}_${series}`, userRequests, ...matchers)}[${window}]))`;
const answered = (window: string) => growth('count', window);
const failed = (window: string) => growth('count', window, 'status=~"5.."');

/** Share of the requests of a window (PromQL, for instance `1h` or `$__range`) without a server error that were quick enough. */
export const quickShareOver = (window: string): string =>
  `${growth('bucket', window, WITHOUT_FAILURE, `le="${LATENCY_SECONDS}"`)} / ${growth('count', window, WITHOUT_FAILURE)}`;

const failedShare = (window: string) => `${orNone(failed(window), answered(window))} / ${answered(window)}`;
const slowShare = (window: string) => `1 - ${quickShareOver(window)}`;

/** Share of the requests of a window without a server error. */
export const availabilityOver = (window: string): string => `1 - ${failedShare(window)}`;

/** The windows that alerts look at: the short one of the fastest burn, and the long ones of the critical alerts. */
const WINDOWS = ['5m', '1h', '6h'];

/** How many times faster than allowed errors use up the budget of availability, by window. */
export const availabilityBurn = WINDOWS.map((window) => ({
  expression: `(${failedShare(window)}) / ${remainder(AVAILABILITY)}`,
  legend: `over ${window}`,
}));

/** How many times faster than allowed slow answers use up the budget of latency, by window. */
export const latencyBurn = WINDOWS.map((window) => ({
  expression: `(${slowShare(window)}) / ${remainder(LATENCY_SHARE)}`,
  legend: `over ${window}`,
}));
