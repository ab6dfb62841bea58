import type { TopLevelSpec } from 'vega-lite';
import type { Results } from '../criteria/criterion.ts';

/** A picture of a run. */
export type Chart = {
  /** Name of its files, without an ending. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen, for those who see it and for those who do not. */
  readonly caption: string;
  /** The picture; undefined where the run has nothing to show. */
  draw(results: Results): TopLevelSpec | undefined;
};

/** What a layer or a plot of a chart is. Its form is checked by the compiler of vega-lite and by looking, not by types that recurse. */
export type Plot = Readonly<Record<string, unknown>>;

/** A chart of plots below or beside each other, or of one. */
export const buildSpec = (title: string, subtitle: string | undefined, plot: Plot): TopLevelSpec =>
  ({ title: subtitle === undefined ? title : { text: title, subtitle }, ...plot }) as unknown as TopLevelSpec;
