import { MOST_PARTICIPANTS } from './conversation.ts';

// What a mention looks like: an @ that does not follow a word (as in an address of mail), then an id of ordinary characters.
const MENTION = /(?<![\p{L}\p{N}_@.])@([\p{L}\p{N}_](?:[\p{L}\p{N}_.:-]{0,126}[\p{L}\p{N}_])?)/gu;

/** The ids that a text names by `@id`, each once; who of them takes part is the database's to know. */
export function findMentioned(content: string): string[] {
  if (!content.includes('@')) return [];
  const ids = new Set(Array.from(content.matchAll(MENTION), ([, id]) => id as string));
  return [...ids].slice(0, MOST_PARTICIPANTS);
}
