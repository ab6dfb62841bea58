import type { Io } from '../command-line/subcommand.ts';

const styles = { bold: '1', dim: '2', green: '32', yellow: '33', red: '31' } as const;

/** A line that wraps cannot be written over: it is kept within the narrowest usual terminal. */
const longestUnderWay = 75;

/** Tells the person at the terminal what is done, in lines, and what is under way, in a line that is written over. */
export class Progress {
  readonly #io: Pick<Io, 'out' | 'progress' | 'colours'>;
  #isInLine = false;

  constructor(io: Pick<Io, 'out' | 'progress' | 'colours'>) {
    this.#io = io;
  }

  style(style: keyof typeof styles, text: string): string {
    return this.#io.colours ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
  }

  line(text = ''): void {
    if (this.#isInLine) this.#io.progress?.('\r\u001b[K');
    this.#isInLine = false;
    this.#io.out(text);
  }

  /** Something that is done. */
  done(text: string): void {
    this.line(`  ${this.style('green', '✓')} ${text}`);
  }

  /** Something that counts for nothing, or that should be known. */
  warn(text: string): void {
    this.line(`  ${this.style('yellow', '!')} ${text}`);
  }

  /** What is under way, where a terminal shows it. */
  underWay(text: string): void {
    if (!this.#io.progress) return;
    this.#isInLine = true;
    this.#io.progress(`\r\u001b[K  ${this.style('dim', `… ${text.slice(0, longestUnderWay)}`)}`);
  }
}
