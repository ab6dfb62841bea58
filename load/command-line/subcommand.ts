/** What a subcommand reads from and writes to, and how it learns that somebody wants it to end. */
export type Io = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Writes without a line's end, for progress in place; undefined where no terminal shows it. */
  readonly progress: ((text: string) => void) | undefined;
  readonly colours: boolean;
  /** Registers what to do at Ctrl-C; each further one calls it again. */
  readonly onInterrupt: (listener: () => void) => void;
};

/** One of the things that `npm run load` does. */
export type Subcommand = {
  readonly name: string;
  /** One line, for the list of all. */
  readonly summary: string;
  /** All of --help. */
  readonly usage: string;
  /** Answers the exit code: 0 done, 1 something was found wanting, 2 it could not be done. */
  readonly run: (args: readonly string[], io: Io) => Promise<number>;
};

/** Arguments that do not make sense; the message says which and why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
