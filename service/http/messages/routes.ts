import { randomUUID } from 'node:crypto';
import type { HistoryReader } from '../../cache/history-reader.ts';
import type { MessageRepository } from '../../data/message-repository.ts';
import type { KeysetAddress } from '../../domain/keyset-page.ts';
import type { Announcer } from '../../realtime/announcer.ts';
import { defineRoute, type Route } from '../route.ts';
import { describePage } from './page-answer.ts';
import { findPlace, historyPage, historyQuery, sendBody, storedMessage } from './schema.ts';

/** What the routes of messages work with. */
export type MessageRoutes = {
  readonly history: HistoryReader;
  readonly messages: MessageRepository;
  readonly announcer: Announcer;
};

/** The path of a conversation's messages. */
export const HISTORY_PATH = '/api/v1/chat/conversations/:id/messages';

const ETAG = { ETag: 'Tells the version of the conversation' };

/** The routes of messages: read a page of history, send. */
export function buildMessageRoutes({ history, messages, announcer }: MessageRoutes): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: HISTORY_PATH,
      operationId: 'readHistory',
      summary: 'A page of history, newest message first',
      description:
        'By `limit` and `offset` from the newest message, served from the cache where it can be; or at a `seq` by `before`, `after` or `around`, always from Postgres.',
      headers: { 'If-None-Match': 'An ETag of the same page: 304 while its conversation has that version' },
      query: historyQuery,
      limit: 'read',
      answers: {
        200: { description: 'The page', schema: historyPage, headers: ETAG },
        304: { description: 'The caller has the page already: If-None-Match names its ETag', headers: ETAG },
      },
      problems: ['not-a-participant', 'conversation-not-found'],
      handle: async ({ conversationId, userId, query, context }) => {
        const { limit, offset = 0, minVersion, ...places } = query;
        const place = findPlace(places);
        const page = place
          ? await readAt(messages, { conversationId, limit, place }, userId)
          : await history.read({ conversationId, limit, offset, userId, minVersion });
        const { status, headers } = describePage(page.version, context.req.headers['if-none-match']);
        context.set(headers);
        return status === 304 ? { status } : { status, json: page.body };
      },
    }),
    defineRoute({
      method: 'post',
      path: HISTORY_PATH,
      operationId: 'sendMessage',
      summary: 'Sends a message',
      description:
        'With a `clientMessageId` it may be repeated: it is stored once, and a repeat answers the first result with 200.',
      body: sendBody,
      limit: 'send',
      answers: {
        200: { description: 'The message was sent before under this clientMessageId', schema: storedMessage },
        201: { description: 'The message was stored', schema: storedMessage },
      },
      problems: [
        'not-a-participant',
        'not-an-owner',
        'conversation-not-found',
        'message-not-found',
        'client-message-id-reused',
      ],
      handle: async ({ conversationId, userId, body }) => {
        const { message, change, isNew } = await messages.append({ ...body, id: randomUUID(), conversationId, userId });
        // After COMMIT and before the sender is answered: from the answer on, no older page may be served. A repeat announces
        // too, because whoever stored the message may have ended before it could.
        await announcer.announce(change);
        return { status: isNew ? 201 : 200, json: `{"message":${message},"version":${change.version}}` };
      },
    }),
  ];
}

/** Keyset pages come from Postgres, never from a cache: they are newer than any version that the caller can have seen. */
async function readAt(messages: MessageRepository, address: KeysetAddress, userId: string) {
  const { conversationId, limit, place } = address;
  const page = await messages.readPageAt(address, userId);
  const { version, hasOlder, hasNewer } = page;
  const rest = JSON.stringify({ version, limit, ...place, hasOlder, hasNewer, fromCache: false });
  const body = `{"conversationId":${JSON.stringify(conversationId)},"messages":${page.messages},${rest.slice(1)}`;
  return { version, body };
}
