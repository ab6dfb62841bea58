import { drawContent } from './message.ts';
import { type Population, participantCount, participantOf } from './population.ts';
import type { Random } from './random.ts';
import { createZipf } from './zipf.ts';

/** What somebody asks for: a page of history, or to send a message. Conversation and user by number. */
export type ModelRequest =
  | { readonly kind: 'read'; readonly conversation: number; readonly user: number; readonly offset: number }
  | { readonly kind: 'send'; readonly conversation: number; readonly user: number; readonly content: string };

/** Messages of a page, as the chat page and the API have it unless told. */
export const pageLimit = 50;

/** Reads that go on to the page before the newest. */
export const olderShare = 0.1;

/**
 * What users do: a conversation by Zipf's law, one of its participants at random; a read or a send by `readShare`; most reads are of the
 * newest page.
 */
export function createRequestModel(
  population: Pick<Population, 'users' | 'conversations'>,
  readShare: number,
): (random: Random) => ModelRequest {
  const drawConversation = createZipf(population.conversations);
  const participants = participantCount(population);
  return (random) => {
    const conversation = drawConversation(random);
    const user = participantOf(population, conversation, Math.floor(random() * participants));
    if (random() >= readShare) return { kind: 'send', conversation, user, content: drawContent(random) };
    return { kind: 'read', conversation, user, offset: random() < olderShare ? pageLimit : 0 };
  };
}
