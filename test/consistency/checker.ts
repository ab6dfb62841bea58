import { checkContent } from './check-content.ts';
import { checkOrder } from './check-order.ts';
import { checkPages } from './check-pages.ts';
import { checkSessions } from './check-sessions.ts';
import { checkStaleness, measureStaleness, type StalenessBounds } from './check-staleness.ts';
import { checkStream } from './check-streams.ts';
import type { History, Read, Stream, Violation } from './history.ts';

/**
 * Everything that is wrong with a history; nothing, where the service kept its promises. Pure, and needs no model of the
 * service: it compares what was acknowledged, what was read and what is there at the end.
 */
export function findViolations(history: History, bounds: StalenessBounds): Violation[] {
  return [...history.final].flatMap(([id, final]) => {
    const reads = history.reads.filter(({ conversationId }) => conversationId === id);
    const streams = history.streams.filter(({ conversationId }) => conversationId === id);
    const told = [...reads, ...streams.flatMap(readStream)];
    const writes = history.writes.filter(({ conversationId }) => conversationId === id);
    return [
      ...checkOrder(id, writes, told, final),
      ...checkPages(id, told, writes, final),
      ...checkSessions(id, reads),
      ...checkContent(id, told, writes, final),
      ...streams.flatMap((stream) => checkStream(stream, final)),
      ...checkStaleness(id, reads, writes, history.faults, bounds),
    ];
  });
}

/** What a stream told, as pages of one message: a version is a state, whoever tells it. */
function readStream({ conversationId, subscriber: session, events }: Stream): Read[] {
  const about = {
    conversationId,
    session,
    start: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
    minVersion: 0,
  };
  return events.flatMap((event) => {
    const messages = event.kind === 'subscribed' ? [...event.messages, ...event.changed] : [event.message];
    return messages.map((message) => ({
      ...about,
      version: event.version,
      messages: [message],
      place: { limit: 1, around: message.seq },
    }));
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
