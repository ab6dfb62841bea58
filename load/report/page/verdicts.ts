import { judgeRun } from '../criteria/criteria.ts';
import type { Results, State, Verdict } from '../criteria/criterion.ts';
import { buildTable } from './table.ts';

const MARKS: Readonly<Record<State, string>> = {
  'aim reached': '**aim reached**',
  met: '**met**',
  missed: '**MISSED**',
  'not measured': 'not measured',
};

const countOf = (verdicts: readonly Verdict[], ...states: readonly State[]): number =>
  verdicts.filter(({ state }) => states.includes(state)).length;

const tell = (count: number, words: string): string[] => (count === 0 ? [] : [`${count} ${words}`]);

/** How many of the promises are kept, in a sentence. */
function summarize(verdicts: readonly Verdict[]): string {
  const parts = [
    ...tell(countOf(verdicts, 'met', 'aim reached'), 'met'),
    ...tell(countOf(verdicts, 'missed'), 'missed'),
    ...tell(countOf(verdicts, 'not measured'), 'not measured'),
  ];
  return `Of ${verdicts.length} criteria ${parts.join(', ')}.`;
}

/** The promises about speed, and what became of them. */
export function buildVerdicts(results: Results): string {
  const verdicts = judgeRun(results);
  const rows = verdicts.map(({ title, target, aim, measured, state, note }) => [
    note === undefined ? title : `${title}<br><sub>${note}</sub>`,
    aim === undefined ? target : `${target} (aim: ${aim})`,
    measured,
    MARKS[state],
  ]);
  const table = buildTable([{ title: 'criterion' }, { title: 'target' }, { title: 'measured' }, { title: '' }], rows);
  return `${summarize(verdicts)} In brackets: the least and the most of the repetitions; where two configurations are compared, the 95 % interval.\n\n${table}`;
}
