import { z } from 'zod';

/** A place in a list that is ordered by time and id. */
type Place = { readonly time: number; readonly id: string };

const EXPECTED = 'the nextCursor of an earlier page';
const LONGEST_CURSOR = 1_000;
// Of the year 9999: later ones are written in another way.
const LATEST = 253_402_300_799_999;

const place = z.tuple([z.int().min(0).max(LATEST), z.string().max(128)]);

/** Writes a place as the text that callers get and give back as it is. */
export function writeCursor({ time, id }: Place): string {
  return Buffer.from(JSON.stringify([time, id])).toString('base64url');
}

function readCursor(text: string): Place | undefined {
  try {
    const [time, id] = place.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return id.isWellFormed() && !id.includes('\0') ? { time, id } : undefined;
  } catch {
    return undefined;
  }
}

/** Where a page begins, as a field of a query. */
export const cursor = z
  .string(EXPECTED)
  .max(LONGEST_CURSOR, EXPECTED)
  .transform((text, context): Place => {
    const found = readCursor(text);
    if (found) return found;
    context.addIssue({ code: 'custom', message: EXPECTED });
    return z.NEVER;
  })
  .meta({ type: 'string', maxLength: LONGEST_CURSOR, description: EXPECTED })
  .optional();

/** Where the next page begins, as it is told; null where there is none. */
export const nextCursor = z.string().nullable();
