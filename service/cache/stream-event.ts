import type { JsonText } from '../domain/message.ts';

/** What one process tells all others, itself included, through Redis. */
export type StreamEvent = {
  /** The process that tells it. */
  readonly origin: string;
  readonly conversationId: string;
  /** The version that the conversation has by it; 0 for news that nothing stores. */
  readonly version: number;
  readonly changesParticipants: boolean;
  /** What clients are told; empty where only the version is known. */
  readonly json: JsonText;
};

/**
 * The message of an event: `origin⏎version⏎participants|⏎conversation⏎json`. No id holds a line feed, so whoever only wants to
 * know what has changed needs not parse the JSON, and the JSON goes on to clients as it is.
 */
export function encodeEvent({ origin, conversationId, version, changesParticipants, json }: StreamEvent): string {
  return `${origin}\n${version}\n${changesParticipants ? 'participants' : ''}\n${conversationId}\n${json}`;
}

/** Reads a message; undefined when it is none of ours. */
export function decodeEvent(message: string): StreamEvent | undefined {
  const ends: number[] = [];
  for (let end = message.indexOf('\n'); end !== -1 && ends.length < 4; end = message.indexOf('\n', end + 1))
    ends.push(end);
  const [first, second, third, fourth] = ends;
  if (first === undefined || second === undefined || third === undefined || fourth === undefined) return undefined;
  const version = Number(message.slice(first + 1, second));
  if (!Number.isSafeInteger(version)) return undefined;
  return {
    origin: message.slice(0, first),
    version,
    changesParticipants: third - second > 1,
    conversationId: message.slice(third + 1, fourth),
    json: message.slice(fourth + 1),
  };
}
