import type { MessageRepository } from '../../data/message-repository.ts';
import { deleteMessage, editMessage } from '../../domain/message-change.ts';
import type { Announcer } from '../../realtime/announcer.ts';
import { callerQuery } from '../fields.ts';
import { defineRoute, type Route } from '../route.ts';
import { answerChange } from './changed-message.ts';
import { editBody, messageView, storedMessage } from './schema.ts';

/** What changes of messages work with. */
export type MessageChangeRoutes = { readonly messages: MessageRepository; readonly announcer: Announcer };

const PATH = '/api/v1/chat/conversations/:id/messages/:messageId';

/** The routes of a single message: read, edit, delete. */
export function buildMessageChangeRoutes({ messages, announcer }: MessageChangeRoutes): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: PATH,
      operationId: 'readMessage',
      summary: 'A single message',
      query: callerQuery,
      limit: 'read',
      answers: { 200: { description: 'The message', schema: messageView } },
      problems: ['not-a-participant', 'conversation-not-found', 'message-not-found'],
      handle: async ({ conversationId, messageId, userId, context }) => {
        context.set('Cache-Control', 'private, no-store');
        return { status: 200, json: await messages.read({ conversationId, messageId, userId }) };
      },
    }),
    defineRoute({
      method: 'patch',
      path: PATH,
      operationId: 'editMessage',
      summary: 'Edits a message',
      description: 'By its sender. The same content again changes nothing.',
      body: editBody,
      limit: 'write',
      answers: { 200: { description: 'The message as it is now', schema: storedMessage } },
      problems: [
        'not-a-participant',
        'not-the-sender',
        'conversation-not-found',
        'message-not-found',
        'message-is-deleted',
        'system-message-is-fixed',
      ],
      handle: async ({ conversationId, messageId, userId, body }) => {
        const changed = await messages.change({ conversationId, messageId, userId }, editMessage(body.content));
        return answerChange(announcer, changed);
      },
    }),
    defineRoute({
      method: 'delete',
      path: PATH,
      operationId: 'deleteMessage',
      summary: 'Deletes a message',
      description:
        'By its sender, or an owner of a GROUP. Content, reactions and mentions are gone; its place and `deletedAt` stay. Deleting it again changes nothing.',
      query: callerQuery,
      limit: 'write',
      answers: { 200: { description: 'What is left of the message', schema: storedMessage } },
      problems: ['not-a-participant', 'not-an-owner', 'not-the-sender', 'conversation-not-found', 'message-not-found'],
      handle: async ({ conversationId, messageId, userId }) =>
        answerChange(announcer, await messages.change({ conversationId, messageId, userId }, deleteMessage)),
    }),
  ];
}
