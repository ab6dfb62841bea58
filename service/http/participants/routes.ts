import type { ConversationRepository } from '../../data/conversation-repository.ts';
import type { Announcer } from '../../realtime/announcer.ts';
import { conversationView, participantsBody } from '../conversations/schema.ts';
import { callerQuery } from '../fields.ts';
import { defineRoute, type Route } from '../route.ts';

/** What the routes of participants work with. */
export type ParticipantRoutes = { readonly conversations: ConversationRepository; readonly announcer: Announcer };

const PATH = '/api/v1/chat/conversations/:id/participants';

/** The routes of those who take part: add, remove, leave. */
export function buildParticipantRoutes({ conversations, announcer }: ParticipantRoutes): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: PATH,
      operationId: 'addParticipants',
      summary: 'Adds participants',
      description:
        'By an owner. Who takes part already stays, and becomes an owner where the `role` is OWNER. A SYSTEM message tells it; what is so already changes nothing.',
      body: participantsBody,
      limit: 'create',
      answers: { 200: { description: 'The conversation as it is now', schema: conversationView } },
      problems: [
        'not-a-participant',
        'not-an-owner',
        'conversation-not-found',
        'direct-conversation-is-fixed',
        'conversation-is-full',
      ],
      handle: async ({ conversationId, userId, body: { participantIds, role } }) => {
        const { conversation, change, added } = await conversations.add(conversationId, userId, participantIds, role);
        await announcer.announce(change);
        announcer.invite(added, conversationId);
        return { status: 200, json: conversation };
      },
    }),
    defineRoute({
      method: 'delete',
      path: `${PATH}/:participantId`,
      operationId: 'removeParticipant',
      summary: 'Removes a participant, or leaves',
      description:
        'Owners remove others, anybody leaves. When the last owner goes, the one who joined first becomes an owner. A SYSTEM message tells it; who takes no part is removed already.',
      query: callerQuery,
      limit: 'write',
      answers: { 200: { description: 'The conversation as it is now', schema: conversationView } },
      problems: ['not-a-participant', 'not-an-owner', 'conversation-not-found', 'direct-conversation-is-fixed'],
      handle: async ({ conversationId, userId, params }) => {
        const { participantId = '' } = params;
        const { conversation, change } = await conversations.remove(conversationId, userId, participantId);
        await announcer.announce(change);
        return { status: 200, json: conversation };
      },
    }),
  ];
}
