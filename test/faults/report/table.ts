import { FAMILIES, type Fault } from '../fault.ts';
import type { SeenByClients } from '../load/measure.ts';
import type { Run } from '../run-fault.ts';
import { judge } from './report.ts';

/** The heads of the columns that tell what clients saw. */
export const COLUMNS = [
  'fault',
  'requests/s',
  'without tries: failed',
  'with tries: failed',
  'errors came',
  'slowest',
  'recovered',
  'acknowledged',
  '',
] as const;

/** A number of seconds as people read it. */
export const formatSeconds = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));

const formatSeen = ({ failed, requests }: SeenByClients): string => (failed === 0 ? '0' : `${failed} of ${requests}`);

const formatSpan = ({ firstError, lastError }: Run): string =>
  firstError === undefined || lastError === undefined
    ? '–'
    : `${formatSeconds(Math.max(0, firstError))}–${formatSeconds(Math.max(0, lastError))} s`;

/** A run as cells of a table, in the order of COLUMNS. */
export function buildRow(run: Run, isSeamless: boolean): string[] {
  const kept =
    run.violations.length === 0 ? `${run.acknowledged}, all once, in order` : `${run.violations.length} WRONG`;
  return [
    run.name,
    run.rateBefore.toFixed(0),
    formatSeen(run.seen.plain),
    formatSeen(run.seen.retrying),
    formatSpan(run),
    `${formatSeconds(run.longest)} s`,
    run.recovery === undefined ? 'no' : `${formatSeconds(run.recovery)} s`,
    kept,
    judge(run, isSeamless),
  ];
}

/** The runs as a table for the terminal, families together. */
export function formatTable(runs: readonly Run[], faults: readonly Fault[]): string {
  const rows = FAMILIES.flatMap((family) =>
    faults
      .filter((fault) => fault.family === family)
      .flatMap((fault) => {
        const run = runs.find(({ name }) => name === fault.name);
        return run ? [buildRow(run, fault.isSeamless ?? false)] : [];
      }),
  );
  const table = [[...COLUMNS], ...rows];
  const widths = COLUMNS.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

/** One run in a few lines, as it ends. */
export function formatRun(run: Run, isSeamless: boolean): string {
  const { rateBefore, errors, restarts, figure } = run;
  const [, , plain, retrying, span, longest, recovered, kept, verdict] = buildRow(run, isSeamless);
  const told = Object.entries(errors).map(([name, count]) => `${count} × ${name}`);
  return [
    `${verdict}: ${run.void ?? `${rateBefore.toFixed(0)} requests/s before; without tries ${plain} failed, with tries ${retrying}; errors ${span}; slowest ${longest}; recovered ${recovered}; ${kept}; ${restarts} restarts`}`,
    ...(told.length > 0 ? [told.join(', ')] : []),
    ...(figure === undefined ? [] : [figure]),
    ...run.violations.slice(0, 5),
  ].join('\n    ');
}
