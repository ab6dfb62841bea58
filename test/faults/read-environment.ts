/** Variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A number above 0; `usual` where the variable is unset or empty. Throws for what is none. */
export function readNumber(environment: Variables, name: string, usual: number): number {
  const text = environment[name];
  if (!text) return usual;
  if (Number(text) > 0) return Number(text);
  throw new Error(`${name}: expected a number above 0, found "${text}"`);
}

/** Texts that are separated by commas. */
export const readTexts = (environment: Variables, name: string): readonly string[] =>
  (environment[name] ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
