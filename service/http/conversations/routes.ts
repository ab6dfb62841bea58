import { randomUUID } from 'node:crypto';
import type { Router } from '@koa/router';
import type { ConversationRepository } from '../../data/conversation-repository.ts';
import { findConversationFaults } from '../../domain/conversation.ts';
import { InvalidRequest } from '../../domain/errors.ts';
import { readJsonBody } from '../json-body.ts';
import { validate } from '../validation.ts';
import { conversationBody } from './schema.ts';

/** Adds the routes of conversations: make one. Users come into being when they are first named. */
export function addConversationRoutes(router: Router, conversations: ConversationRepository): void {
  router.post('/api/v1/chat/conversations', async (context) => {
    const wanted = validate(conversationBody, await readJsonBody(context.req));
    const faults = findConversationFaults(wanted);
    if (faults.length > 0) throw new InvalidRequest(faults);
    context.status = 201;
    context.body = await conversations.create(randomUUID(), wanted);
  });
}
