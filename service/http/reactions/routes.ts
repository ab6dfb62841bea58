import type { MessageRepository } from '../../data/message-repository.ts';
import { giveReaction, type MessageDecision, takeReaction } from '../../domain/message-change.ts';
import type { Announcer } from '../../realtime/announcer.ts';
import { callerQuery } from '../fields.ts';
import { answerChange } from '../messages/changed-message.ts';
import { storedMessage } from '../messages/schema.ts';
import { defineRoute, type Route, type RouteRequest } from '../route.ts';
import { emoji } from './schema.ts';

/** What the routes of reactions work with. */
export type ReactionRoutes = { readonly messages: MessageRepository; readonly announcer: Announcer };

/** The routes of reactions: give an emoji to a message, take it back. */
export function buildReactionRoutes({ messages, announcer }: ReactionRoutes): Route[] {
  const common = {
    path: '/api/v1/chat/conversations/:id/messages/:messageId/reactions/:emoji',
    params: { emoji },
    query: callerQuery,
    limit: 'write',
    answers: { 200: { description: 'The message as it is now', schema: storedMessage } },
  } as const;
  const handle =
    (decide: (emoji: string) => MessageDecision) =>
    async ({ conversationId, messageId, userId, params }: RouteRequest<unknown, unknown>) => {
      const address = { conversationId, messageId, userId };
      return answerChange(announcer, await messages.change(address, decide(String(params.emoji))));
    };
  return [
    defineRoute({
      ...common,
      method: 'put',
      operationId: 'giveReaction',
      summary: 'Gives a message an emoji',
      description: 'The same emoji again changes nothing.',
      problems: [
        'not-a-participant',
        'conversation-not-found',
        'message-not-found',
        'message-is-deleted',
        'too-many-reactions',
      ],
      handle: handle(giveReaction),
    }),
    defineRoute({
      ...common,
      method: 'delete',
      operationId: 'takeReaction',
      summary: 'Takes an emoji back from a message',
      description: 'An emoji that was not given changes nothing.',
      problems: ['not-a-participant', 'conversation-not-found', 'message-not-found'],
      handle: handle(takeReaction),
    }),
  ];
}
