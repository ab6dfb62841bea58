import type { Bench } from './bench.ts';
import type { Comparison } from './compare.ts';
import type { Spread } from './statistics.ts';

/** A row of the table: one path of the service and what is asked of it. */
export type Row = {
  /** What BENCH_ONLY calls it. */
  readonly name: string;
  readonly title: string;
  readonly target: string;
  run(bench: Bench): Promise<RowResult>;
};

/** What a row measured, in words, and whether that is what the target asks for. */
export type RowResult = { readonly measured: readonly string[]; readonly isMet: boolean };

const number = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 0 });

/** Words for a figure that was measured several times. */
export function describeSpread({ median, least, most }: Spread, unit = ''): string {
  return `${number(median)}${unit} (${number(least)} … ${number(most)})`;
}

/** A comparison as a result: met when either ratio reaches so many percent. */
export function judge({ service, limit, byRate, byCpu }: Comparison, percent: number): RowResult {
  return {
    measured: [
      `${describeSpread(byRate, ' %')} by rate: ${number(service.perSecond)}/s beside ${number(limit.perSecond)}/s`,
      `${describeSpread(byCpu, ' %')} by CPU: ${number(service.cpuMicros)} µs beside ${number(limit.cpuMicros)} µs`,
    ],
    isMet: byRate.median >= percent || byCpu.median >= percent,
  };
}
