import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Something that was measured, beside what it should be at most. Numbers carry their unit in the text. */
export type Figure = { what: string; target: string; measured: string; met: boolean };

/** Adds a figure to the file of this run (one JSON document a line). */
export function recordFigure(file: string, figure: Figure): void {
  appendFileSync(file, `${JSON.stringify(figure)}\n`);
}

/** The figures of this run, in the order in which they were measured. */
export function readFigures(file: string): Figure[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Figure);
}

/** A table of figures for the terminal; empty when nothing was measured. */
export function formatFigures(figures: Figure[]): string {
  if (figures.length === 0) return '';
  const rows = [['figure', 'target', 'measured', ''], ...figures.map((figure) => rowOf(figure))];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
  return lines.join('\n');
}

function rowOf({ what, target, measured, met }: Figure): string[] {
  return [what, target, measured, met ? 'met' : 'MISSED'];
}
