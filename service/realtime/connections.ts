import type { Connection } from './connection.ts';

/** Hears when the first socket of a user comes and when the last one is gone. */
export type UserListener = { onFirst(userId: string): void; onLast(userId: string): void };

/** The sockets of this process, and whose they are. */
export class Connections {
  readonly #mostPerUser: number;
  readonly #listener: UserListener;
  readonly #all = new Set<Connection>();
  readonly #byUser = new Map<string, Set<Connection>>();

  constructor(mostPerUser: number, listener: UserListener) {
    this.#mostPerUser = mostPerUser;
    this.#listener = listener;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Sockets, also those that are closing. */
  get all(): ReadonlySet<Connection> {
    return this.#all;
  }

  /** Users of whom a socket is here. */
  get userIds(): IterableIterator<string> {
    return this.#byUser.keys();
  }

  /** Whether a socket of a user is here. */
  hasUser(userId: string): boolean {
    return this.#byUser.has(userId);
  }

  /** The sockets of a user. */
  ofUser(userId: string): Iterable<Connection> {
    return this.#byUser.get(userId) ?? [];
  }

  /** Adds a socket whose user may not be known yet. */
  add(connection: Connection): void {
    this.#all.add(connection);
  }

  /** Notes whose socket it is; false when the user has as many as a user may have. */
  assign(connection: Connection, userId: string): boolean {
    const known = this.#byUser.get(userId);
    if (!known) {
      this.#byUser.set(userId, new Set([connection]));
      this.#listener.onFirst(userId);
      return true;
    }
    if (known.size >= this.#mostPerUser) return false;
    known.add(connection);
    return true;
  }

  /** The socket takes no part any more. */
  release(connection: Connection): void {
    const { userId } = connection;
    const known = userId === undefined ? undefined : this.#byUser.get(userId);
    if (!known?.delete(connection) || known.size > 0) return;
    this.#byUser.delete(userId as string);
    this.#listener.onLast(userId as string);
  }

  /** The socket is gone. */
  remove(connection: Connection): void {
    this.#all.delete(connection);
  }
}
