/** Longest emoji, in UTF-16 units; a family of four with skin tones has 20 or so. */
export const LONGEST_EMOJI = 32;

/** What an emoji must be, for people. */
export const EMOJI_EXPECTED = `one emoji, or a :short_code:, of at most ${LONGEST_EMOJI} characters`;

const SHORT_CODE = /^:[a-z0-9_+-]+:$/;
const FLAG = /^\p{Regional_Indicator}{2}$/u;
const KEYCAP = /^[0-9#*]\uFE0F?\u20E3$/;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Whether a text is what people see as one emoji, or a short code that clients show as one. */
export function isEmoji(text: string): boolean {
  if (text.length === 0 || text.length > LONGEST_EMOJI || !text.isWellFormed()) return false;
  if (SHORT_CODE.test(text)) return true;
  const [first] = graphemes.segment(text);
  return first?.segment === text && (PICTOGRAPH.test(text) || FLAG.test(text) || KEYCAP.test(text));
}
