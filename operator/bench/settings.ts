/** How much the benchmark of the operator measures. */
export interface BenchSettings {
  /** The rows to run; all when empty. */
  readonly only: readonly string[];
  /** How often a figure that takes seconds is measured. */
  readonly repeats: number;
  /** How long idle stacks are watched. */
  readonly idleSeconds: number;
  /** How many stacks the rows of many stacks begin and end with. */
  readonly stacks: readonly [few: number, many: number];
  /** Where the report goes as JSON, beside standard output; nowhere when unset. */
  readonly report: string | undefined;
}

/** Reads BENCH_ONLY (names, by commas), BENCH_REPEATS, BENCH_IDLE_SECONDS, BENCH_STACKS (such as `100,1000`) and BENCH_REPORT. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): BenchSettings {
  const count = (name: string, fallback: number): number => {
    const value = Number(environment[name] ?? fallback);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`${name}: expected a positive whole number, found ${environment[name]}`);
  };
  const [few, many] = (environment.BENCH_STACKS ?? '100,1000').split(',').map(Number);
  if (!few || !many || few >= many) {
    throw new Error(`BENCH_STACKS: expected two growing numbers such as 100,1000, found ${environment.BENCH_STACKS}`);
  }
  return {
    only: environment.BENCH_ONLY?.split(',').filter(Boolean) ?? [],
    repeats: count('BENCH_REPEATS', 5),
    idleSeconds: count('BENCH_IDLE_SECONDS', 600),
    stacks: [few, many],
    report: environment.BENCH_REPORT,
  };
}
