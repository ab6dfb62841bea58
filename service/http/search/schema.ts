import { z } from 'zod';
import { LONGEST_SEARCH, MOST_FOUND, USUALLY_FOUND } from '../../domain/search.ts';
import { cursor, nextCursor } from '../cursor.ts';
import { id, pageLimit, text, userId } from '../fields.ts';
import { messageView } from '../messages/schema.ts';

/** The query of a search in one conversation. */
export const conversationSearchQuery = z.strictObject({
  userId,
  q: text(LONGEST_SEARCH),
  limit: pageLimit(MOST_FOUND, USUALLY_FOUND),
  cursor,
});

/** The query of a search in all conversations of the user, or in the one that it names. */
export const searchQuery = conversationSearchQuery.extend({ conversationId: id.optional() });

/** A page of what was found, as it is told. */
export const searchResults = z
  .object({
    results: z.array(
      z
        .object({
          message: messageView,
          snippet: z
            .array(z.object({ text: z.string(), isMatch: z.boolean() }))
            .describe('An excerpt in parts of plain text, with ‹ and › for what would begin and end a tag of HTML'),
        })
        .meta({ id: 'SearchResult' }),
    ),
    nextCursor,
  })
  .meta({ id: 'SearchResults' });
