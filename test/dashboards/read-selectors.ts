/** A metric with its matchers, as they are written. */
export type Selector = { readonly metric: string; readonly matchers: readonly string[] };

/** A selector of a range within the function that reads it. */
export type RangedSelector = { readonly metric: string; readonly call: string; readonly window: string };

const SELECTOR = /(\w+)\{([^}]*)\}/g;
const RANGED = /(\w+)\((\w+)\{[^}]*\}\[([^\]]*)\]\)/g;

/** The selectors of an expression of a dashboard. Values hold neither braces nor a comma and a blank, so that no parser is needed. */
export const readMatchers = (expression: string): readonly Selector[] =>
  [...expression.matchAll(SELECTOR)].map(([, metric = '', matchers = '']) => ({
    metric,
    matchers: matchers.split(', '),
  }));

/** The selectors of ranges of an expression. */
export const readRangedSelectors = (expression: string): readonly RangedSelector[] =>
  [...expression.matchAll(RANGED)].map(([, call = '', metric = '', window = '']) => ({ metric, call, window }));
