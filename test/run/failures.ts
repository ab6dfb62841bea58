import { appendFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

/** A test that failed, and why. */
export type Failure = { readonly name: string; readonly message: string };

/** Names a file that takes what failed, of all parts: whoever runs several can print it last, where no cut log loses it. */
export const FAILURES_VARIABLE = 'TEST_FAILURES_FILE';

/** How much is told of a message: a stack trace or a dump of an object may be as long as it likes. */
const MOST_LINES = 25;
const MOST_COLUMNS = 300;

/** How many failures are told with their messages; of more the names alone, for one cause has made them all. */
const MOST_MESSAGES = 40;

/** The first lines of a message, without colours, and how many there are beside them. */
export function excerpt(message: string): string[] {
  const lines = stripVTControlCharacters(message).trim().split('\n');
  const shown = lines.slice(0, MOST_LINES).map((line) => line.slice(0, MOST_COLUMNS).trimEnd());
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, `… and ${more} more lines`] : shown;
}

/** Each failure by its name, with the first lines of its message below; one that several tests share is told once. */
export function formatFailures(failures: readonly Failure[]): string {
  const firstOf = new Map<string, string>();
  return failures
    .flatMap(({ name, message }) => {
      const sameAs = firstOf.get(message);
      if (sameAs === undefined && firstOf.size < MOST_MESSAGES) firstOf.set(message, name);
      else return [`failed: ${name}`, ...(sameAs === undefined ? [] : [`    the same as of: ${sameAs}`])];
      return [`failed: ${name}`, ...excerpt(message).map((line) => `    ${line}`.trimEnd())];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** Adds failures to the file that the environment names, if it does. */
export function keepFailures(failures: readonly Failure[], environment: NodeJS.ProcessEnv = process.env): void {
  const file = environment[FAILURES_VARIABLE];
  if (file && failures.length > 0) appendFileSync(file, formatFailures(failures));
}
