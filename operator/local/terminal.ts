/** Where lines for the person at the terminal go. */
export type Output = { write(text: string): unknown; readonly isTTY?: boolean | undefined };

const styles = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const;

/** Writes the progress of a start: one line a step, styled where somebody looks and has not set NO_COLOR. */
export class Terminal {
  readonly #output: Output;
  readonly #styled: boolean;

  constructor(output: Output, env: { readonly [name: string]: string | undefined }) {
    this.#output = output;
    this.#styled = output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  style(style: keyof typeof styles, text: string): string {
    return this.#styled ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
  }

  line(text = ''): void {
    this.#output.write(`${text}\n`);
  }

  /** One thing that is done: a mark, a name, what there is to know, and how long it took. */
  step(name: string, text: string, milliseconds?: number): void {
    const time = milliseconds === undefined ? '' : this.style('dim', `${(milliseconds / 1000).toFixed(1)} s`);
    this.line(`  ${this.style('green', '✓')} ${name.padEnd(10)} ${text.padEnd(44)} ${time}`.trimEnd());
  }

  /** Something the stack runs without, and how to have it. */
  without(name: string, text: string): void {
    this.line(`  ${this.style('yellow', '–')} ${name.padEnd(10)} ${text}`);
  }

  /** An error as people can act on it; details such as the end of a log are indented. */
  failure(message: string, details = ''): void {
    this.line(`${this.style('red', 'error:')} ${message}`);
    if (details) this.line(details.replace(/^/gm, '    | '));
  }
}
