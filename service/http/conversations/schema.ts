import { z } from 'zod';
import { CONVERSATION_TYPES, LONGEST_TITLE, MOST_PARTICIPANTS } from '../../domain/conversation.ts';
import { isStorable } from '../../domain/text.ts';
import { id } from '../messages/schema.ts';

const participantsExpected = `a list of 2 to ${MOST_PARTICIPANTS} user ids`;
const titleExpected = `1 to ${LONGEST_TITLE} characters that are not all white space`;

/** The body that makes a conversation. */
export const conversationBody = z.strictObject(
  {
    type: z.enum(CONVERSATION_TYPES, CONVERSATION_TYPES.join(' or ')),
    participantIds: z
      .array(id, participantsExpected)
      .min(2, participantsExpected)
      .max(MOST_PARTICIPANTS, participantsExpected),
    title: z
      .string(titleExpected)
      .max(LONGEST_TITLE, titleExpected)
      .refine((text) => text.trim().length > 0, titleExpected)
      .refine(isStorable, 'text without NUL characters and lone surrogates')
      .optional(),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'a JSON object') },
);
