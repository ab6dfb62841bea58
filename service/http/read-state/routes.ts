import type { ConversationRepository } from '../../data/conversation-repository.ts';
import { writeReadEvent } from '../../domain/change.ts';
import type { Announcer } from '../../realtime/announcer.ts';
import { defineRoute, type Route } from '../route.ts';
import { readBody, readState } from './schema.ts';

/** What the routes of read state work with. */
export type ReadStateRoutes = { readonly conversations: ConversationRepository; readonly announcer: Announcer };

/** The route of read state: move one's marker. */
export function buildReadStateRoutes({ conversations, announcer }: ReadStateRoutes): Route[] {
  return [
    defineRoute({
      method: 'put',
      path: '/api/v1/chat/conversations/:id/read',
      operationId: 'markRead',
      summary: 'Says up to which seq the user has read',
      description: 'A marker moves forward only, and no further than to the newest message. A send moves its sender’s.',
      body: readBody,
      limit: 'write',
      answers: { 200: { description: 'Where the marker is now, and what is unread', schema: readState } },
      problems: ['not-a-participant', 'conversation-not-found'],
      handle: async ({ conversationId, userId, body: { seq } }) => {
        const { isMoved, ...state } = await conversations.markRead(conversationId, userId, seq);
        if (isMoved)
          announcer.tell({ conversationId, json: writeReadEvent(conversationId, userId, state.lastReadSeq) });
        return { status: 200, json: JSON.stringify(state) };
      },
    }),
  ];
}
