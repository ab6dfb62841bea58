import type { OperationObserver } from '../telemetry/operation-observer.ts';
import { classifyStatement } from '../telemetry/statement-kind.ts';
import { explainRefusedWrite } from './storage-faults.ts';

/** A statement that only deletes. */
const DELETES = /^\s*delete\b/i;

/**
 * Whether Postgres takes what this process writes: a Postgres whose disk is full, or that is read-only, answers reads and pings.
 *
 *   taken ──a statement was refused because Postgres takes no writes──▶ refused
 *     ▲                                                                    │
 *     └───────────a write that began after that, and succeeded─────────────┘
 *
 * A deletion that succeeds ends nothing: it needs no room, and the outbox is emptied on a full disk as ever. Postgres is asked nothing
 * for all this. While writes are taken a statement costs one comparison: what kind it is of, is only looked at while they are not.
 */
export class WriteHealth {
  #refusal: string | undefined;

  /** Why the last write was refused, with what to do; undefined where it was taken. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Hears of every statement. */
  readonly observeStatement: OperationObserver = (sql) =>
    this.#refusal !== undefined && classifyStatement(sql) === 'write' && !DELETES.test(sql)
      ? this.#endWrite
      : this.#endAny;

  readonly #endAny = (error?: unknown): void => {
    if (error !== undefined) this.#refusal = explainRefusedWrite(error) ?? this.#refusal;
  };

  readonly #endWrite = (error?: unknown): void => {
    if (error === undefined) this.#refusal = undefined;
    else this.#endAny(error);
  };
}
