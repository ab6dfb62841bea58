/**
 * How a reconcile ended, and so when it runs again:
 *
 *   done     nothing left to do: again at the next change
 *   waiting  something else has to happen first: again after a time, or at the next change; the back-off is reset
 *   stalled  nobody but the user can help: again at the next change only
 *
 * A thrown error means "try again with back-off", unless it is a HandledError, which carries its outcome.
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'waiting'; readonly afterMilliseconds: number; readonly why: string }
  | { readonly kind: 'stalled'; readonly reason: string };

/** The outcome of a reconcile that has nothing left to do. */
export const done: Outcome = { kind: 'done' };

/** The outcome of a reconcile that looks again after some milliseconds, or earlier when something changes. */
export function waiting(afterMilliseconds: number, why: string): Outcome {
  return { kind: 'waiting', afterMilliseconds, why };
}

/** The outcome of a reconcile that only a change by somebody else can help. */
export function stalled(reason: string): Outcome {
  return { kind: 'stalled', reason };
}

/** An error that carries its handling: it ends the reconcile with `outcome` instead of a retry with back-off. */
export class HandledError extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'HandledError';
    this.outcome = outcome;
  }
}
