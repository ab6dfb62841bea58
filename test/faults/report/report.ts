import type { Run } from '../run-fault.ts';

/** Where runs were made, without dates and names of machines. */
export type Environment = {
  readonly cores: number;
  readonly kubernetes: string;
  readonly nodes: number;
  readonly images: Readonly<Record<'postgres' | 'pgbouncer' | 'redis', string>>;
  readonly node: string;
  readonly rate: number;
  readonly conversations: number;
};

/** All runs that are to be shown, one of each fault. */
export type Report = { readonly environment: Environment; readonly runs: readonly Run[] };

/** How a run ended, in a word. */
export type Verdict = 'ok' | 'VOID' | 'NOT RECOVERED' | 'LOST' | 'FAILED REQUESTS';

/** Judges a run: a void one says nothing; nothing acknowledged may be lost, the stack comes back by itself, seamless faults fail no request. */
export function judge(run: Run, isSeamless = false): Verdict {
  if (run.void !== undefined) return 'VOID';
  if (run.violations.length > 0) return 'LOST';
  if (run.recovery === undefined) return 'NOT RECOVERED';
  if (isSeamless && run.seen.plain.failed + run.seen.retrying.failed > 0) return 'FAILED REQUESTS';
  return 'ok';
}
