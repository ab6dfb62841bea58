/** Edits that turn one word into another: insertions, deletions, replacements and swaps of neighbours. */
export function countEdits(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (same ? 0 : 1),
        swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(one.length, other.length);
}

/** The known word that was probably meant, if one is near enough: a third of its letters wrong, or its beginning. */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  const beginning = word.length >= 3 ? known.find((each) => each.startsWith(word)) : undefined;
  if (beginning !== undefined) return beginning;
  const [best] = known
    .map((each) => ({ each, edits: countEdits(word, each) }))
    .filter(({ each, edits }) => edits <= Math.max(1, Math.floor(Math.max(each.length, word.length) / 3)))
    .toSorted((one, other) => one.edits - other.edits);
  return best?.each;
}
