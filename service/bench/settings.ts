/** How long and what `make bench` measures, from BENCH_BLOCKS, BENCH_SECONDS and BENCH_ONLY. */
export type BenchSettings = {
  /** Blocks of each side of a comparison; they take turns. */
  readonly blocks: number;
  /** Length of a block, in seconds. */
  readonly seconds: number;
  /** Names of the rows that are wanted; all of them where it is empty. */
  readonly only: readonly string[];
};

/** Connections that put a server under load at once. */
export const CONNECTIONS = 64;

/** Reads the settings; throws when one is no positive number or an unknown row is asked for. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  rows: readonly string[],
): BenchSettings {
  const number = (name: string, usual: number) => {
    const value = Number(environment[name] || usual);
    if (!(value > 0)) throw new Error(`Expected ${name} to be a positive number, found ${environment[name]}`);
    return value;
  };
  const only = (environment.BENCH_ONLY ?? '').split(/[\s,]+/).filter(Boolean);
  const unknown = only.find((name) => !rows.includes(name));
  if (unknown !== undefined)
    throw new Error(`Expected BENCH_ONLY to name some of ${rows.join(', ')}, found ${unknown}`);
  return { blocks: number('BENCH_BLOCKS', 5), seconds: number('BENCH_SECONDS', 3), only };
}
