/** How a column is set. */
export type Column = { readonly title: string; readonly isNumber?: boolean };

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** A table in Markdown; a cell must be one line, and signs that end a cell are escaped. */
export const buildTable = (columns: readonly Column[], rows: readonly (readonly string[])[]): string =>
  [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ isNumber }) => (isNumber ? '---:' : '---'))),
    ...rows.map((cells) => line(cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')))),
  ].join('\n');
