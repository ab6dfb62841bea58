import { z } from 'zod';
import { LARGEST_LIMIT, LARGEST_OFFSET, USUAL_LIMIT } from '../../domain/history.ts';
import type { Place } from '../../domain/keyset-page.ts';
import { LONGEST_CONTENT, MESSAGE_TYPES } from '../../domain/message.ts';
import { ID_EXPECTED, isId, isStorable } from '../../domain/text.ts';

// Each message completes the sentence "expected …"; `validation.ts` adds the field and what was found.

/** An id of a user or a conversation, or one that a sender gives a message. */
export const id = z.string(ID_EXPECTED).refine(isId, ID_EXPECTED);

const wholeNumber = (least: number, most: number) => {
  const expected = `a whole number from ${least} to ${most}`;
  return z
    .string(expected)
    .regex(/^\d{1,16}$/, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected);
};

/** The parameters that say where a page lies. Each is a way of its own to count, so no two make sense together. */
const WHERE = ['offset', 'before', 'after', 'around'] as const;

const seq = (least: number) => wholeNumber(least, Number.MAX_SAFE_INTEGER).optional();

/** The query of a history request. Unknown parameters are refused, so that a misspelt `minVersion` is not silently lost. */
export const historyQuery = z
  .strictObject({
    userId: id,
    limit: wholeNumber(1, LARGEST_LIMIT).default(USUAL_LIMIT),
    offset: wholeNumber(0, LARGEST_OFFSET).optional(),
    before: seq(0),
    after: seq(0),
    around: seq(1),
    minVersion: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
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

const contentExpected = `1 to ${LONGEST_CONTENT} characters that are not all white space`;

/** The body of a send. Unknown fields are refused: a client that relies on one must learn that it does nothing here. */
export const sendBody = z.strictObject(
  {
    userId: id,
    content: z
      .string(contentExpected)
      .max(LONGEST_CONTENT, contentExpected)
      .refine((text) => text.trim().length > 0, contentExpected)
      .refine(isStorable, 'text without NUL characters and lone surrogates'),
    clientMessageId: id.optional(),
    messageType: z.enum(MESSAGE_TYPES, MESSAGE_TYPES.join(' or ')).default('TEXT'),
  },
  { error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : 'a JSON object') },
);
