/** What a budget is for: sending messages, other writes, reads, searches, making conversations, opening sockets. */
export type LimitClass = 'send' | 'write' | 'read' | 'search' | 'create' | 'connect';

/** So many points, at once if need be, within so many seconds from the first; then as many again. */
export type Budget = { readonly points: number; readonly seconds: number };

/**
 * What one user may do. A busy person in a lively client stays far below; one loop of one program does not.
 * The rate that can be held is points / seconds; at the turn of two windows up to twice the points may come at once.
 */
export const BUDGETS: Readonly<Record<LimitClass, Budget>> = Object.freeze({
  send: { points: 50, seconds: 10 },
  write: { points: 200, seconds: 10 },
  read: { points: 500, seconds: 10 },
  search: { points: 20, seconds: 10 },
  create: { points: 20, seconds: 60 },
  connect: { points: 30, seconds: 60 },
});

/** A budget of which so many percent are given; never less than one point. */
export function scaleBudget({ points, seconds }: Budget, percent: number): Budget {
  return { points: Math.max(1, Math.round((points * percent) / 100)), seconds };
}
