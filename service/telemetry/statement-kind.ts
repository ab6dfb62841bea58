/** What a statement does, as far as its metrics tell it. */
export type StatementKind = 'read' | 'write' | 'transaction' | 'other';

const KINDS: Readonly<Record<string, StatementKind>> = {
  select: 'read',
  insert: 'write',
  update: 'write',
  delete: 'write',
  begin: 'transaction',
  start: 'transaction',
  commit: 'transaction',
  rollback: 'transaction',
  savepoint: 'transaction',
  release: 'transaction',
};

// A literal is skipped as a whole: what stands in it is a user's, and statements come here with their values in place.
const WRITES = /'(?:[^']|'')*'|\b(insert\s+into|update|delete\s+from)\s+"?(\w+)/gi;
const READS = /'(?:[^']|'')*'|\bfrom\s+"?(\w+)/gi;

/** The kind of a statement. One that begins with WITH writes where any part of it does. */
export function classifyStatement(sql: string): StatementKind {
  const word = firstWord(sql);
  if (word === 'with') return findOutsideLiterals(sql, WRITES) ? 'write' : 'read';
  return KINDS[word] ?? 'other';
}

/** The first word of a statement and the table that it is about, such as `insert message`: names of the program, no values. */
export function summarizeStatement(sql: string): { readonly operation: string; readonly table: string | undefined } {
  const operation = firstWord(sql).toUpperCase();
  const write = findOutsideLiterals(sql, WRITES);
  const table = write?.[2] ?? findOutsideLiterals(sql, READS)?.[1];
  if (operation === 'WITH' && write) return { operation: String(write[1]?.split(/\s/)[0]).toUpperCase(), table };
  return { operation: operation === 'WITH' ? 'SELECT' : operation, table };
}

function firstWord(sql: string): string {
  return /^\s*([a-z]+)/i.exec(sql)?.[1]?.toLowerCase() ?? '';
}

function findOutsideLiterals(sql: string, pattern: RegExp): RegExpMatchArray | undefined {
  for (const match of sql.matchAll(pattern)) if (match[1] !== undefined) return match;
  return undefined;
}
