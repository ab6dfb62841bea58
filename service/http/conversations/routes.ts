import { randomUUID } from 'node:crypto';
import type { ConversationRepository } from '../../data/conversation-repository.ts';
import { findConversationFaults } from '../../domain/conversation.ts';
import { InvalidRequest } from '../../domain/errors.ts';
import { defineRoute, type Route } from '../route.ts';
import { conversationBody, conversationView } from './schema.ts';

/** The routes of conversations: make one. Users come into being when they are first named. */
export function buildConversationRoutes(conversations: ConversationRepository): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/chat/conversations',
      operationId: 'createConversation',
      summary: 'Makes a conversation',
      body: conversationBody,
      assumedUser: ({ participantIds }) => participantIds[0] as string,
      limit: 'create',
      answers: { 201: { description: 'The conversation was made', schema: conversationView } },
      problems: [],
      handle: async ({ body, userId }) => {
        const faults = findConversationFaults(body);
        if (faults.length > 0) throw new InvalidRequest(faults);
        return { status: 201, json: JSON.stringify(await conversations.create(randomUUID(), userId, body)) };
      },
    }),
  ];
}
