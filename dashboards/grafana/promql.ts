/** The series of the chosen stack, by the labels that every scraped series has. */
const STACK = 'namespace="$namespace", stack="$stack", job=~"$job", instance=~"$instance"';
/** The series of the operator itself, which serves all stacks. */
const PROCESS = 'job=~"$job", instance=~"$instance"';

/** Labels to keep, such as `['method', 'route']`; none makes one series. */
type Labels = readonly string[];

/** A selector of the chosen stack's series of a metric, with these matchers beside. */
export const select = (metric: string, ...matchers: readonly string[]): string =>
  `${metric}{${[STACK, ...matchers].join(', ')}}`;

/** A selector of a metric of the operator's process, which belongs to no stack. */
export const selectProcess = (metric: string, ...matchers: readonly string[]): string =>
  `${metric}{${[PROCESS, ...matchers].join(', ')}}`;

/** An aggregation that keeps labels: `sum by (route) (…)`. */
export const aggregate = (operator: 'sum' | 'max' | 'min' | 'avg', by: Labels, expression: string): string =>
  by.length === 0 ? `${operator}(${expression})` : `${operator} by (${by.join(', ')}) (${expression})`;

/** How fast the counter of a selector grows, per second, over the interval that Grafana chooses. */
export const rateOf = (selector: string): string => `rate(${selector}[$__rate_interval])`;

/** How fast a counter of the stack grows, per second, by labels. */
export const perSecond = (metric: string, by: Labels = [], ...matchers: readonly string[]): string =>
  aggregate('sum', by, rateOf(select(metric, ...matchers)));

/** The sum of a gauge of the stack, by labels. */
export const total = (metric: string, by: Labels = [], ...matchers: readonly string[]): string =>
  aggregate('sum', by, select(metric, ...matchers));

/** A quantile of a histogram of the stack, by labels. */
export const quantile = (share: number, histogram: string, by: Labels = [], ...matchers: readonly string[]): string =>
  `histogram_quantile(${share}, ${perSecond(`${histogram}_bucket`, ['le', ...by], ...matchers)})`;

/** Lines of the median and of what 5 % and 1 % exceed. */
export const quantileLines = (histogram: string, ...matchers: readonly string[]) =>
  [0.5, 0.95, 0.99].map((share) => ({
    expression: quantile(share, histogram, [], ...matchers),
    legend: `p${share * 100}`,
  }));

/** The mean of a summary of the stack: what its sum grew by for each time it was counted. */
export const mean = (sum: string, count: string, by: Labels = [], ...matchers: readonly string[]): string =>
  `${perSecond(sum, by, ...matchers)} / ${perSecond(count, by, ...matchers)}`;

/** An expression that is 0, not absent, where nothing matches but `of` is there: no error happened yet. */
export const orNone = (expression: string, of: string): string => `(${expression} or 0 * ${of})`;
