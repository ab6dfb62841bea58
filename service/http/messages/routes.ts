import { randomUUID } from 'node:crypto';
import type { Router } from '@koa/router';
import type { HistoryCache } from '../../cache/history-cache.ts';
import type { HistoryReader } from '../../cache/history-reader.ts';
import type { MessageRepository } from '../../data/message-repository.ts';
import { InvalidRequest } from '../../domain/errors.ts';
import { describeFound } from '../../domain/faults.ts';
import type { KeysetAddress } from '../../domain/keyset-page.ts';
import { ID_EXPECTED, isId } from '../../domain/text.ts';
import { readJsonBody } from '../json-body.ts';
import { readQuery } from '../query.ts';
import { validate } from '../validation.ts';
import { findPlace, historyQuery, sendBody } from './schema.ts';

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
    const { userId, limit, offset = 0, minVersion, ...places } = validate(historyQuery, readQuery(context.querystring));
    const place = findPlace(places);
    // Private and always asked again: a copy on the way would know nothing of versions.
    context.set('Cache-Control', 'private, no-store');
    context.set('Content-Type', 'application/json; charset=utf-8');
    context.body = place
      ? await readAt(messages, { conversationId, limit, place }, userId)
      : await history.read({ conversationId, limit, offset, userId, minVersion });
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

/** Keyset pages come from Postgres, never from a cache: they are newer than any version that the caller can have seen. */
async function readAt(messages: MessageRepository, address: KeysetAddress, userId: string): Promise<string> {
  const { conversationId, limit, place } = address;
  const { version, hasOlder, hasNewer, ...page } = await messages.readPageAt(address, userId);
  return JSON.stringify({
    conversationId,
    messages: page.messages,
    version,
    limit,
    ...place,
    hasOlder,
    hasNewer,
    fromCache: false,
  });
}

function requireConversationId(id: string | undefined): string {
  if (id !== undefined && isId(id)) return id;
  throw new InvalidRequest([{ field: 'conversationId', expected: ID_EXPECTED, found: describeFound(id) }]);
}
