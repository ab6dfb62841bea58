import type { Display } from './machine.ts';

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** A colour or weight of text. */
export type Tone = keyof typeof codes;

/** Puts a tone on a text. */
export type Paint = (tone: Tone, text: string) => string;

/** Paints where the display shows colours, and leaves text alone elsewhere. */
export const painterOf = ({ colours }: Pick<Display, 'colours'>): Paint =>
  colours ? (tone, text) => `\u001b[${codes[tone]}m${text}\u001b[0m` : (_, text) => text;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that painters make begin with one.
const sequences = /\u001b\[[0-9;]*m/g;

/** Columns that a text takes. */
export const widthOf = (text: string): number => text.replace(sequences, '').length;

/** A text that takes at least so many columns. */
export const padTo = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Words of a text in lines of at most `width` columns; a longer word keeps a line to itself. */
export function wrapText(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    return [...lines, line];
  });
}

/** A text cut to so many columns, which an ellipsis shows. It must not be painted. */
export const cutTo = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** A time span as a person says it, from milliseconds: `45s`, `12m`, `5h`, `3d`. */
export function describeSpan(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** A line of a tree with what hangs below it. */
export interface Branch {
  readonly text: string;
  readonly below?: readonly Branch[];
}

/** The lines of branches, with the strokes of a tree before them. */
export function drawTree(branches: readonly Branch[], paint: Paint, indent = ''): string[] {
  return branches.flatMap(({ text, below = [] }, index) => {
    const isLast = index === branches.length - 1;
    return [
      `${paint('dim', `${indent}${isLast ? '└─' : '├─'}`)} ${text}`,
      ...drawTree(below, paint, `${indent}${isLast ? '   ' : '│  '}`),
    ];
  });
}
