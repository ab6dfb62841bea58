import { randomUUID } from 'node:crypto';
import type { ConversationRepository } from '../../data/conversation-repository.ts';
import { findConversationFaults } from '../../domain/conversation.ts';
import { InvalidRequest } from '../../domain/errors.ts';
import type { Announcer } from '../../realtime/announcer.ts';
import { writeCursor } from '../cursor.ts';
import { callerQuery } from '../fields.ts';
import { defineRoute, type Route } from '../route.ts';
import { conversationBody, conversationList, conversationView, listQuery, settingsBody } from './schema.ts';

/** What the routes of conversations work with. */
export type ConversationRoutes = { readonly conversations: ConversationRepository; readonly announcer: Announcer };

const PATH = '/api/v1/chat/conversations';

/** The routes of conversations: make, list, read, set. Users come into being when they are first named. */
export function buildConversationRoutes({ conversations, announcer }: ConversationRoutes): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: PATH,
      operationId: 'createConversation',
      summary: 'Makes a conversation',
      description:
        'A DIRECT_MESSAGE is made once for its two participants, a GROUP once for a `clientConversationId` of its maker; a repeat answers it with 200.',
      body: conversationBody,
      assumedUser: ({ participantIds }) => participantIds[0] as string,
      limit: 'create',
      answers: {
        200: { description: 'The conversation was made before', schema: conversationView },
        201: { description: 'The conversation was made', schema: conversationView },
      },
      problems: ['client-conversation-id-reused', 'not-a-participant'],
      handle: async ({ body, userId }) => {
        const faults = findConversationFaults(userId, body);
        if (faults.length > 0) throw new InvalidRequest(faults);
        const { conversation, id, isNew } = await conversations.create(randomUUID(), userId, body);
        if (isNew) announcer.invite(body.participantIds, id);
        return { status: isNew ? 201 : 200, json: conversation };
      },
    }),
    defineRoute({
      method: 'get',
      path: PATH,
      operationId: 'listConversations',
      summary: "A page of the user's conversations, newest activity first",
      query: listQuery,
      limit: 'read',
      answers: { 200: { description: 'The page', schema: conversationList } },
      problems: [],
      handle: async ({ userId, query: { limit, cursor }, context }) => {
        context.set('Cache-Control', 'private, no-store');
        const { entries, next } = await conversations.list({ userId, limit, after: cursor });
        const nextCursor = JSON.stringify(next ? writeCursor(next) : null);
        return { status: 200, json: `{"conversations":[${entries.join(',')}],"nextCursor":${nextCursor}}` };
      },
    }),
    defineRoute({
      method: 'get',
      path: `${PATH}/:id`,
      operationId: 'readConversation',
      summary: 'A conversation with its participants',
      query: callerQuery,
      limit: 'read',
      answers: { 200: { description: 'The conversation', schema: conversationView } },
      problems: ['not-a-participant', 'conversation-not-found'],
      handle: async ({ conversationId, userId, context }) => {
        context.set('Cache-Control', 'private, no-store');
        return { status: 200, json: await conversations.read(conversationId, userId) };
      },
    }),
    defineRoute({
      method: 'patch',
      path: `${PATH}/:id`,
      operationId: 'changeConversation',
      summary: 'Sets the title, or for how many days messages are kept',
      description: 'By an owner. A SYSTEM message tells it; what is so already changes nothing.',
      body: settingsBody,
      limit: 'write',
      answers: { 200: { description: 'The conversation as it is now', schema: conversationView } },
      problems: ['not-a-participant', 'not-an-owner', 'conversation-not-found', 'direct-conversation-is-fixed'],
      handle: async ({ conversationId, userId, body: { title, retentionDays } }) => {
        const changed = await conversations.change(conversationId, userId, { title, retentionDays });
        await announcer.announce(changed.change);
        return { status: 200, json: changed.conversation };
      },
    }),
  ];
}
