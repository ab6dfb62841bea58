import { z } from 'zod';
import { EMOJI_EXPECTED, isEmoji, LONGEST_EMOJI } from '../../domain/emoji.ts';

/** An emoji in a path. */
export const emoji = z
  .string(EMOJI_EXPECTED)
  .refine(isEmoji, EMOJI_EXPECTED)
  .meta({ minLength: 1, maxLength: LONGEST_EMOJI, description: EMOJI_EXPECTED, examples: ['👍', ':thumbsup:'] });
