import { z } from 'zod';
import { CONVERSATION_TYPES, LONGEST_TITLE, MOST_PARTICIPANTS } from '../../domain/conversation.ts';
import { body, id, text, userId } from '../fields.ts';

const participantsExpected = `a list of 2 to ${MOST_PARTICIPANTS} user ids`;

/** The title of a group. */
export const title = text(LONGEST_TITLE);

/** The body that makes a conversation. */
export const conversationBody = body({
  userId,
  type: z.enum(CONVERSATION_TYPES, CONVERSATION_TYPES.join(' or ')),
  participantIds: z
    .array(id, participantsExpected)
    .min(2, participantsExpected)
    .max(MOST_PARTICIPANTS, participantsExpected),
  title: title.optional(),
  clientConversationId: id.optional(),
});

/** A conversation as it is told when it was made. */
export const conversationView = z
  .object({
    id: z.string(),
    type: z.enum(CONVERSATION_TYPES),
    title: z.string().nullable(),
    participantIds: z.array(z.string()),
    version: z.int(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Conversation' });
