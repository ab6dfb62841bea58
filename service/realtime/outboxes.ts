import type { Duplex } from 'node:stream';

/**
 * Gathers what is written to sockets in one turn of the event loop: each socket that was corked gets one write at its end. A
 * write is a system call, and costs more than all else that is done for a frame.
 */
export class Outboxes {
  #corked = new Set<Duplex>();
  #scheduled = false;

  /** Holds back what is written to a socket until the end of this turn. */
  cork(socket: Duplex): void {
    if (this.#corked.has(socket)) return;
    this.#corked.add(socket);
    socket.cork();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.release());
  }

  /** Lets everything go now. */
  release(): void {
    const corked = this.#corked;
    this.#corked = new Set();
    this.#scheduled = false;
    for (const socket of corked) socket.uncork();
  }
}
