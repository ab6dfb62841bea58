import { z } from 'zod';
import { LONGEST_CONTENT } from '../domain/message.ts';
import { ID_EXPECTED, isId, isStorable, LONGEST_ID } from '../domain/text.ts';

// Each message completes the sentence "expected …"; `validation.ts` adds the field and what was found. What JSON Schema cannot
// tell of a refinement stands beside it in `meta`, for the OpenAPI document.

/** An id of a user or a conversation, or one that a sender gives a message. */
export const id = z.string(ID_EXPECTED).refine(isId, ID_EXPECTED).meta({
  minLength: 1,
  maxLength: LONGEST_ID,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]+$',
  description: ID_EXPECTED,
});

/** Who asks. Needed where identities are not proven by tokens; where they are, absent or the same as the token's. */
export const userId = id.optional();

/** The query of what needs to know but who asks. */
export const callerQuery = z.strictObject({ userId });

/** A whole number in a query string. */
export const wholeNumber = (least: number, most: number) => {
  const expected = `a whole number from ${least} to ${most}`;
  return z
    .string(expected)
    .regex(/^\d{1,16}$/, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected)
    .meta({ type: 'integer', minimum: least, maximum: most });
};

/** How many entries a page of a list has at most. */
export const pageLimit = (most: number, usual: number) => wholeNumber(1, most).default(usual);

/** Text that people write, of 1 to so many UTF-16 units. */
export const text = (longest: number) => {
  const expected = `1 to ${longest} characters that are not all white space`;
  return z
    .string(expected)
    .max(longest, expected)
    .refine((given) => given.trim().length > 0, expected)
    .refine(isStorable, 'text without NUL characters and lone surrogates')
    .meta({
      minLength: 1,
      maxLength: longest,
      pattern: '^[^\\u0000]*[^\\s\\ufeff\\u0000][^\\u0000]*$',
      description: expected,
    });
};

/** What a message says. */
export const content = text(LONGEST_CONTENT);

/** An object of a body. Unknown fields are refused: a client that relies on one must learn that it does nothing here. */
export const body = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'a JSON object') });
