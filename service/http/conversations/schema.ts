import { z } from 'zod';
import {
  CONVERSATION_TYPES,
  LONGEST_RETENTION,
  LONGEST_TITLE,
  MOST_LISTED,
  MOST_PARTICIPANTS,
  ROLES,
} from '../../domain/conversation.ts';
import { USUAL_LIMIT } from '../../domain/history.ts';
import { cursor, nextCursor } from '../cursor.ts';
import { body, id, pageLimit, text, userId } from '../fields.ts';
import { messageView } from '../messages/schema.ts';

const idList = (least: number, expected = `a list of ${least} to ${MOST_PARTICIPANTS} user ids`) =>
  z.array(id, expected).min(least, expected).max(MOST_PARTICIPANTS, expected);

/** The title of a group. */
export const title = text(LONGEST_TITLE);

const type = z.enum(CONVERSATION_TYPES, CONVERSATION_TYPES.join(' or '));
const retentionExpected = `null or a whole number of days from 1 to ${LONGEST_RETENTION}`;

/** The body that makes a conversation. */
export const conversationBody = body({
  userId,
  type,
  participantIds: idList(2).meta({
    uniqueItems: true,
    description: `2 to ${MOST_PARTICIPANTS} user ids, each once, the maker's among them; exactly 2 in a DIRECT_MESSAGE`,
  }),
  title: title.optional(),
  clientConversationId: id.optional(),
}).meta({
  // What `findConversationFaults` asks for.
  if: { properties: { type: { const: 'DIRECT_MESSAGE' } }, required: ['type'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { properties: { participantIds: { maxItems: 2 }, title: false, clientConversationId: false } },
});

/** The body that changes the settings of a conversation. */
export const settingsBody = body({
  userId,
  title: title.nullable().optional(),
  retentionDays: z
    .int(retentionExpected)
    .min(1, retentionExpected)
    .max(LONGEST_RETENTION, retentionExpected)
    .nullable()
    .optional(),
})
  .refine(({ title, retentionDays }) => title !== undefined || retentionDays !== undefined, {
    message: 'title or retentionDays',
    path: ['title'],
  })
  .meta({ if: { required: ['title'] }, else: { required: ['retentionDays'] } });

/** The body that adds participants. */
export const participantsBody = body({
  userId,
  participantIds: idList(1),
  role: z.enum(ROLES, ROLES.join(' or ')).default('MEMBER'),
});

/** The query of a list. */
export const listQuery = z.strictObject({ userId, limit: pageLimit(MOST_LISTED, USUAL_LIMIT), cursor });

const conversation = {
  id: z.string(),
  type,
  title: z.string().nullable(),
  retentionDays: z.int().nullable(),
  version: z.int(),
  lastSeq: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
};

/** A conversation as it is told to its participants. */
export const conversationView = z
  .object({
    ...conversation,
    participantIds: z.array(z.string()),
    participants: z.array(
      z.object({ userId: z.string(), role: z.enum(ROLES), joinedAt: z.iso.datetime(), lastReadSeq: z.int() }),
    ),
  })
  .meta({ id: 'Conversation' });

/** A page of the conversations that a user takes part in, as it is told. */
export const conversationList = z
  .object({
    conversations: z.array(
      z
        .object({
          ...conversation,
          role: z.enum(ROLES),
          lastReadSeq: z.int(),
          unreadCount: z.int(),
          unreadMentions: z.int(),
          participantCount: z.int(),
          participantIds: z.array(z.string()).describe('Those who joined first'),
          lastMessage: messageView.nullable(),
        })
        .meta({ id: 'ConversationEntry' }),
    ),
    nextCursor,
  })
  .meta({ id: 'ConversationList' });
