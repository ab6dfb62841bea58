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

/** What a statement does to which tables: names of the program, no values. */
export type StatementSummary = {
  /** Such as `INSERT message`; of a statement that does several things, all of them in turn. */
  readonly text: string;
  /** The one thing it does, and to which table; absent where it does several. */
  readonly operation?: string;
  readonly table?: string | undefined;
};

/** Most parts of a summary. */
const MOST_PARTS = 6;

/** Summarizes a statement in the way of OpenTelemetry's `db.query.summary`. */
export function summarizeStatement(sql: string): StatementSummary {
  const parts = new Map<string, StatementSummary>();
  for (const [, verb, table] of sql.matchAll(WRITES)) {
    if (verb === undefined || table === undefined || parts.size === MOST_PARTS) continue;
    const operation = String(verb.split(/\s/)[0]).toUpperCase();
    const text = `${operation} ${table}`;
    parts.set(text, { text, operation, table });
  }
  const [first, ...rest] = parts.values();
  if (first) return rest.length === 0 ? first : { text: [...parts.keys()].join(' ') };
  const word = firstWord(sql).toUpperCase();
  const operation = word === 'WITH' ? 'SELECT' : word;
  const table = findOutsideLiterals(sql, READS)?.[1];
  return { text: table === undefined ? operation : `${operation} ${table}`, operation, table };
}

function firstWord(sql: string): string {
  return /^\s*([a-z]+)/i.exec(sql)?.[1]?.toLowerCase() ?? '';
}

function findOutsideLiterals(sql: string, pattern: RegExp): RegExpMatchArray | undefined {
  for (const match of sql.matchAll(pattern)) if (match[1] !== undefined) return match;
  return undefined;
}
