/** A line of a comparison. */
export interface DiffLine {
  readonly sign: ' ' | '+' | '-';
  readonly text: string;
}

/** Unchanged lines that are shown around changed ones. */
const context = 3;

/** Compares two texts line by line: a shortest sequence of deletions and insertions, deletions first. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [old, young] = [before, after].map((text) => text.split('\n')) as [string[], string[]];
  const start = countCommon(old, young);
  const end = countCommon(old.slice(start).reverse(), young.slice(start).reverse());
  const same = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ sign: ' ', text }));
  return [
    ...same(old.slice(0, start)),
    ...diffMiddle(old.slice(start, old.length - end), young.slice(start, young.length - end)),
    ...same(old.slice(old.length - end)),
  ];
}

function countCommon(one: readonly string[], other: readonly string[]): number {
  const different = one.findIndex((text, index) => text !== other[index]);
  return different === -1 ? Math.min(one.length, other.length) : different;
}

/** How many lines the rests of two texts have in common, from a line of each on. */
type CommonLines = (row: number, column: number) => number;

/** The table of longest common subsequences; manifests have a few hundred lines, of which few differ. */
function countCommonLines(old: readonly string[], young: readonly string[]): CommonLines {
  const width = young.length + 1;
  const table = new Uint32Array((old.length + 1) * width);
  const at: CommonLines = (row, column) => table[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = young.length - 1; column >= 0; column -= 1) {
      const isSame = old[row] === young[column];
      const rest = isSame ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
      table[row * width + column] = rest;
    }
  }
  return at;
}

function diffMiddle(old: readonly string[], young: readonly string[]): DiffLine[] {
  const common = countCommonLines(old, young);
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < old.length && column < young.length) {
    if (old[row] === young[column]) {
      lines.push({ sign: ' ', text: old[row] ?? '' });
      row += 1;
      column += 1;
    } else if (common(row + 1, column) >= common(row, column + 1)) {
      lines.push({ sign: '-', text: old[row] ?? '' });
      row += 1;
    } else {
      lines.push({ sign: '+', text: young[column] ?? '' });
      column += 1;
    }
  }
  const deleted = old.slice(row).map((text) => ({ sign: '-', text }) as const);
  return [...lines, ...deleted, ...young.slice(column).map((text) => ({ sign: '+', text }) as const)];
}

/** The changed lines with some around them; `undefined` stands for lines left out. */
export function selectHunks(lines: readonly DiffLine[]): (DiffLine | undefined)[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some(({ sign }) => sign !== ' '),
  );
  return lines.flatMap((line, index) => {
    if (near[index]) return [line];
    return index > 0 && near[index - 1] && near.includes(true, index) ? [undefined] : [];
  });
}
