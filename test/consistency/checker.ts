import { checkContent } from './check-content.ts';
import { checkOrder } from './check-order.ts';
import { checkPages } from './check-pages.ts';
import { checkSessions } from './check-sessions.ts';
import { checkStaleness, measureStaleness, type StalenessBounds } from './check-staleness.ts';
import type { History, Violation } from './history.ts';

/**
 * Everything that is wrong with a history; nothing, where the service kept its promises. Pure, and needs no model of the
 * service: it compares what was acknowledged, what was read and what is there at the end.
 */
export function findViolations(history: History, bounds: StalenessBounds): Violation[] {
  return [...history.final].flatMap(([id, final]) => {
    const reads = history.reads.filter(({ conversationId }) => conversationId === id);
    const writes = history.writes.filter(({ conversationId }) => conversationId === id);
    return [
      ...checkOrder(id, writes, final),
      ...checkPages(id, reads, writes, final),
      ...checkSessions(id, reads),
      ...checkContent(id, reads, writes, final),
      ...checkStaleness(id, reads, writes, history.faults, bounds),
    ];
  });
}

/** The longest staleness that a plain reader saw, in milliseconds; 0 where none saw any. */
export function findLongestStaleness(history: History): number {
  const longest = [...history.final.keys()].map((id) =>
    measureStaleness(
      history.reads.filter(({ conversationId }) => conversationId === id),
      history.writes.filter(({ conversationId }) => conversationId === id),
    ),
  );
  return Math.max(0, ...longest);
}
