/** One argument as a shell reads it. */
const quote = (word: string): string => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** Arguments as a command that a shell takes. */
export const joinWords = (words: readonly string[]): string => words.map(quote).join(' ');

/** The arguments of a command that `joinWords` wrote. */
export function splitWords(command: string): string[] {
  const words = command.match(/(?:'[^']*'|\\'|[^\s'\\])+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/'([^']*)'|\\'/g, (found, quoted?: string) => (found === "\\'" ? "'" : (quoted ?? ''))),
  );
}
