import { z } from 'zod';
import { body, userId } from '../fields.ts';

/** The query of a request for who is there. */
export const presenceQuery = z.strictObject({ userId });

/** The body of a request that says that the user types. */
export const typingBody = body({ userId });

/** Who of a conversation is there. */
export const presenceView = z
  .object({
    conversationId: z.string(),
    participants: z.array(
      z.object({
        userId: z.string(),
        status: z.enum(['online', 'offline', 'unknown']),
        isTyping: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'Presence' });
