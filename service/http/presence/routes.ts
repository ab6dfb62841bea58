import type { Presence } from '../../realtime/presence.ts';
import type { Typing } from '../../realtime/typing.ts';
import { defineRoute, type Route } from '../route.ts';
import { presenceQuery, presenceView, typingBody } from './schema.ts';

/** What the routes of presence work with. */
export type PresenceRoutes = {
  readonly presence: Presence;
  readonly typing: Typing;
  /** Who takes part in a conversation, for one of them. */
  readonly readParticipantIds: (conversationId: string, userId: string) => Promise<string[]>;
};

/** The routes of what nothing stores: who types, who is there. */
export function buildPresenceRoutes({ presence, typing, readParticipantIds }: PresenceRoutes): Route[] {
  return [
    defineRoute({
      method: 'put',
      path: '/api/v1/chat/conversations/:id/typing',
      operationId: 'tellTyping',
      summary: 'Says that the user types',
      description: 'Followers are told at most once in 3 s, and show it for 6 s. For clients without a WebSocket.',
      body: typingBody,
      limit: 'write',
      answers: { 204: { description: 'It is told' } },
      problems: ['not-a-participant', 'conversation-not-found'],
      handle: async ({ conversationId, userId }) => {
        await readParticipantIds(conversationId, userId);
        await typing.tell(userId, conversationId);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/chat/conversations/:id/presence',
      operationId: 'readPresence',
      summary: 'Who of the participants is there, and who types',
      description: 'A user who has a WebSocket anywhere is online. `unknown`: Redis, which knows it, is away.',
      query: presenceQuery,
      limit: 'read',
      answers: { 200: { description: 'The participants', schema: presenceView } },
      problems: ['not-a-participant', 'conversation-not-found'],
      handle: async ({ conversationId, userId, context }) => {
        context.set('Cache-Control', 'private, no-store');
        const participants = await presence.observe(conversationId, await readParticipantIds(conversationId, userId));
        return { status: 200, json: JSON.stringify({ conversationId, participants }) };
      },
    }),
  ];
}
