import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** A full file moves to `<name>.1`, so that a log takes at most twice this many bytes. */
const fullBytes = 4 * 1024 * 1024;
const tailLines = 20;
const tailCharacters = 8 * 1024;

/** The log of one process: in a bounded file, its last lines in memory. Writes are short and in order, hence synchronous. */
export class LogFile {
  readonly path: string;
  #descriptor: number;
  #bytes: number;
  #recent = '';

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  /** Appends; a disk that is full costs the log, never the stack, and shows in the tail. */
  write(chunk: Buffer): void {
    this.#recent = (this.#recent + chunk.toString()).slice(-tailCharacters);
    try {
      if (this.#bytes + chunk.length > fullBytes) this.#turn();
      this.#bytes += writeSync(this.#descriptor, chunk);
    } catch (error) {
      this.#recent += `\n(not written to ${this.path}: ${error instanceof Error ? error.message : error})\n`;
    }
  }

  /** The last lines since this process began. */
  tail(): string {
    return this.#recent.trimEnd().split('\n').slice(-tailLines).join('\n');
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #turn(): void {
    renameSync(this.path, `${this.path}.1`);
    const full = this.#descriptor;
    this.#descriptor = openSync(this.path, 'a', 0o600);
    this.#bytes = 0;
    closeSync(full);
  }
}
