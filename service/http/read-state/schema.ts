import { z } from 'zod';
import { body, userId } from '../fields.ts';

const expected = 'a whole number from 0 to 9007199254740991';

/** The body that moves a read marker. */
export const readBody = body({ userId, seq: z.int(expected).min(0, expected) });

/** How far somebody has read, as it is told. */
export const readState = z
  .object({ lastReadSeq: z.int(), unreadCount: z.int(), unreadMentions: z.int() })
  .meta({ id: 'ReadState' });
