import { formatRatio } from './judge-steps.ts';
import type { CheckResult } from './run-check.ts';
import { EXPECTED, STEP_NAMES, type StepResult } from './step.ts';

/** How the table is drawn. Colours are for terminals. */
export type Format = { colours: boolean };

const CODES = { green: 32, red: 31, dim: 2 } as const;

/** Whether all five steps were taken and are so. */
export function isSo({ steps }: CheckResult): boolean {
  return steps.length === STEP_NAMES.length && steps.every(({ verdict }) => verdict.kind === 'so');
}

/** The table of the five steps, the hit ratio and, where a step is not so, a last line that says where to look. */
export function formatResult(result: CheckResult, { colours }: Format): string {
  const paint = (colour: keyof typeof CODES, text: string) =>
    colours ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
  const taken = new Map(result.steps.map((step) => [step.name, step]));
  const rows = STEP_NAMES.map((name) => {
    const step = taken.get(name);
    return [name, EXPECTED[name], step?.verdict.found ?? 'not reached', step ? step.milliseconds.toFixed(1) : ''];
  });
  const lines = align([['step', 'expected', 'found', 'ms'], ...rows]).map((line, index) => {
    const step = taken.get(STEP_NAMES[index - 1] as (typeof STEP_NAMES)[number]);
    if (index === 0) return paint('dim', `    ${line}`);
    if (!step) return paint('dim', `  - ${line}`);
    return step.verdict.kind === 'so' ? `  ${paint('green', '✓')} ${line}` : `  ${paint('red', '✗')} ${line}`;
  });
  return [...lines, '', ...closingLines(result, paint)].join('\n');
}

/** The result as JSON for programs: one object, times in milliseconds, ratios 0 to 1. */
export function formatJson(result: CheckResult): string {
  const steps = result.steps.map(({ name, verdict, milliseconds }) => ({
    step: name,
    so: verdict.kind === 'so',
    expected: EXPECTED[name],
    found: verdict.found,
    milliseconds: Math.round(milliseconds * 100) / 100,
    ...(verdict.kind === 'so' ? {} : { advice: verdict.advice }),
  }));
  const { rounds, pageSize, hitRatio } = result;
  return JSON.stringify({ so: isSo(result), rounds, pageSize, hitRatio, steps }, undefined, 2);
}

function closingLines(result: CheckResult, paint: (colour: 'red' | 'green', text: string) => string): string[] {
  const lines: string[] = [];
  const { before, after } = result.hitRatio;
  if (after !== null && before !== null) {
    lines.push(`hit ratio of the answering process: ${formatRatio(after)} (before: ${formatRatio(before)})`);
  }
  if (result.rounds > 1) lines.push(`${result.rounds} rounds: other traffic touched the page in between`);
  const last = result.steps.at(-1);
  if (last && last.verdict.kind !== 'so') lines.push(paint('red', complaint(last, result.rounds)));
  else lines.push(paint('green', 'every step is so'));
  return lines;
}

function complaint({ name, verdict }: StepResult, rounds: number): string {
  const after = verdict.kind === 'disturbed' ? ` in ${rounds} rounds` : '';
  const advice = verdict.kind === 'so' ? '' : `. Look at: ${verdict.advice}`;
  return `step "${name}" is not so${after}: expected ${EXPECTED[name]}, found ${verdict.found}${advice}`;
}

/** Columns padded to their widest cell; the last one is aligned right, for numbers. */
function align(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd(),
  );
}
