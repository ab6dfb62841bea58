import { z } from 'zod';
import { LARGEST_LIMIT, LARGEST_OFFSET, USUAL_LIMIT } from '../../domain/history.ts';
import type { Place } from '../../domain/keyset-page.ts';
import { MESSAGE_TYPES } from '../../domain/message.ts';
import { body, content, id, userId, wholeNumber } from '../fields.ts';

/** The parameters that say where a page lies. Each is a way of its own to count, so no two make sense together. */
const WHERE = ['offset', 'before', 'after', 'around'] as const;

/** What JSON Schema cannot tell of a query: that these parameters exclude each other. */
const only = (what: string) => ({ description: `${what}. Only one of ${WHERE.join(', ')} may be given` });

const seq = (least: number, what: string) => wholeNumber(least, Number.MAX_SAFE_INTEGER).optional().meta(only(what));

/** How many messages a page has at most. */
export const limit = wholeNumber(1, LARGEST_LIMIT)
  .default(USUAL_LIMIT)
  .meta({ description: `How many messages the page has at most; ${USUAL_LIMIT} unless told` });

/** The version of the conversation that the caller has seen; no older page is answered. */
export const minVersion = wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0).meta({
  description: 'The version of the conversation that the caller has seen: no older page is answered',
});

/** The query of a history request. Unknown parameters are refused, so that a misspelt `minVersion` is not silently lost. */
export const historyQuery = z
  .strictObject({
    userId,
    limit,
    offset: wholeNumber(0, LARGEST_OFFSET)
      .optional()
      .meta(only('How many of the newest messages come before the page')),
    before: seq(0, 'A page of the messages older than this seq, the nearest ones'),
    after: seq(0, 'A page of the messages newer than this seq, the nearest ones'),
    around: seq(1, 'A page with this seq in its middle'),
    minVersion,
  })
  .superRefine((query, context) => {
    const given = WHERE.filter((name) => query[name] !== undefined);
    if (given.length < 2) return;
    for (const name of given) {
      context.addIssue({ code: 'custom', path: [name], message: `only one of ${WHERE.join(', ')}` });
    }
  });

type Places = { readonly [Name in 'before' | 'after' | 'around']?: number | undefined };

/** The place of a keyset page, where the query names one. */
export function findPlace({ before, after, around }: Places): Place | undefined {
  if (before !== undefined) return { before };
  if (after !== undefined) return { after };
  return around === undefined ? undefined : { around };
}

/** The body of a send. */
export const sendBody = body({
  userId,
  content,
  messageType: z.enum(MESSAGE_TYPES, MESSAGE_TYPES.join(', ')).default('TEXT'),
  clientMessageId: id.optional(),
  replyToId: id.optional(),
})
  .superRefine(({ messageType, replyToId }, context) => {
    const expected =
      messageType === 'REPLY' ? 'the id of the message that a REPLY answers' : 'no such field but in a REPLY';
    if ((messageType === 'REPLY') !== (replyToId !== undefined)) {
      context.addIssue({ code: 'custom', path: ['replyToId'], message: expected });
    }
  })
  .meta({
    if: { properties: { messageType: { const: 'REPLY' } }, required: ['messageType'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ['replyToId'] },
    else: { properties: { replyToId: false } },
  });

/** The body of an edit. */
export const editBody = body({ userId, content });

/** A message as it is told. */
export const messageView = z
  .object({
    id: z.string(),
    conversationId: z.string(),
    seq: z.int().min(1),
    userId: z.string(),
    content: z.string(),
    messageType: z.enum(MESSAGE_TYPES),
    createdAt: z.iso.datetime(),
    replyToId: z.string().optional(),
    editedAt: z.iso.datetime().optional(),
    deletedAt: z.iso.datetime().optional(),
    reactions: z.record(z.string(), z.array(z.string())).optional(),
  })
  .meta({ id: 'Message' });

/** A page of history as it is told. */
export const historyPage = z
  .object({
    conversationId: z.string(),
    messages: z.array(messageView),
    version: z.int(),
    limit: z.int(),
    offset: z.int().optional(),
    before: z.int().optional(),
    after: z.int().optional(),
    around: z.int().optional(),
    hasMore: z.boolean().optional(),
    hasOlder: z.boolean().optional(),
    hasNewer: z.boolean().optional(),
    fromCache: z.boolean(),
  })
  .meta({ id: 'HistoryPage' });

/** A message that was stored or changed, with the version of its conversation that has it. */
export const storedMessage = z.object({ message: messageView, version: z.int() }).meta({ id: 'StoredMessage' });
