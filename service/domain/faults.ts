/** One field that broke a rule: where, what was expected, what was found (never a secret). */
export type Fault = { readonly field: string; readonly expected: string; readonly found: string };

const MOST_CHARACTERS_SHOWN = 60;

/** Tells what a value is, in few words: its kind, its size, and the value itself where it is short. */
export function describeFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return describeText(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : String(value);
}

function describeText(text: string): string {
  if (text.length > MOST_CHARACTERS_SHOWN) return `${text.length} characters`;
  return JSON.stringify(text);
}
