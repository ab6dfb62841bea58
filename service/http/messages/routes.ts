import { randomUUID } from 'node:crypto';
import type { Router } from '@koa/router';
import type { HistoryCache } from '../../cache/history-cache.ts';
import type { HistoryReader } from '../../cache/history-reader.ts';
import type { MessageRepository } from '../../data/message-repository.ts';
import { InvalidRequest } from '../../domain/errors.ts';
import { describeFound } from '../../domain/faults.ts';
import { ID_EXPECTED, isId } from '../../domain/text.ts';
import { readJsonBody } from '../json-body.ts';
import { readQuery } from '../query.ts';
import { validate } from '../validation.ts';
import { historyQuery, sendBody } from './schema.ts';

/** What the routes of messages work with. */
export type MessageRoutes = {
  readonly history: HistoryReader;
  readonly messages: MessageRepository;
  readonly cache: HistoryCache | undefined;
};

/** Adds the routes of messages: read a page of history, send. */
export function addMessageRoutes(router: Router, { history, messages, cache }: MessageRoutes): void {
  const path = '/api/v1/chat/conversations/:id/messages';

  router.get(path, async (context) => {
    const conversationId = requireConversationId(context.params.id);
    const query = validate(historyQuery, readQuery(context.querystring));
    const body = await history.read({ conversationId, ...query });
    // Private and always asked again: a copy on the way would know nothing of versions.
    context.set('Cache-Control', 'private, no-store');
    context.set('Content-Type', 'application/json; charset=utf-8');
    context.body = body;
  });

  router.post(path, async (context) => {
    const conversationId = requireConversationId(context.params.id);
    const body = validate(sendBody, await readJsonBody(context.req));
    const { message, version, isNew } = await messages.append({ id: randomUUID(), conversationId, ...body });
    // After COMMIT and before the sender is answered: from the answer on, no older page may be served. A repeat announces
    // too, because whoever stored the message may have ended before it could.
    await cache?.invalidate(conversationId, version);
    context.status = isNew ? 201 : 200;
    context.body = { message, version };
  });
}

function requireConversationId(id: string | undefined): string {
  if (id !== undefined && isId(id)) return id;
  throw new InvalidRequest([{ field: 'conversationId', expected: ID_EXPECTED, found: describeFound(id) }]);
}
