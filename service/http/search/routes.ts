import type { MessageRepository } from '../../data/message-repository.ts';
import type { Search } from '../../data/search-statements.ts';
import { writeCursor } from '../cursor.ts';
import { defineRoute, type Route, type RouteAnswer } from '../route.ts';
import { conversationSearchQuery, searchQuery, searchResults } from './schema.ts';

/** What the routes of search work with. */
export type SearchRoutes = { readonly messages: MessageRepository };

const DESCRIPTION =
  'Words must all occur; `"…"` is a phrase, `or` and `-` are understood. At least one word must be one that occurs. Newest messages come first.';

/** The routes of search: in all conversations of the user, in one. */
export function buildSearchRoutes({ messages }: SearchRoutes): Route[] {
  const common = {
    method: 'get',
    description: DESCRIPTION,
    limit: 'search',
    answers: { 200: { description: 'A page of what was found', schema: searchResults } },
    problems: ['not-a-participant', 'conversation-not-found', 'search-too-broad'],
  } as const;
  const answer = async (search: Search): Promise<RouteAnswer> => {
    const { entries, next } = await messages.search(search);
    const nextCursor = JSON.stringify(next ? writeCursor(next) : null);
    return { status: 200, json: `{"results":[${entries.join(',')}],"nextCursor":${nextCursor}}` };
  };
  return [
    defineRoute({
      ...common,
      path: '/api/v1/chat/search',
      operationId: 'search',
      summary: 'Searches the messages of the user’s conversations',
      query: searchQuery,
      handle: ({ userId, query: { q: text, conversationId, limit, cursor: after }, context }) => {
        context.set('Cache-Control', 'private, no-store');
        return answer({ userId, text, conversationId, limit, after });
      },
    }),
    defineRoute({
      ...common,
      path: '/api/v1/chat/conversations/:id/search',
      operationId: 'searchConversation',
      summary: 'Searches the messages of a conversation',
      query: conversationSearchQuery,
      handle: ({ userId, conversationId, query: { q: text, limit, cursor: after }, context }) => {
        context.set('Cache-Control', 'private, no-store');
        return answer({ userId, text, conversationId, limit, after });
      },
    }),
  ];
}
