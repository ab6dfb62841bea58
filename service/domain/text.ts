/** Longest id of a user or a conversation or of a sender's message, in UTF-16 units; the columns hold as many characters. */
export const LONGEST_ID = 128;

/** What an id must be, for people. */
export const ID_EXPECTED = `1 to ${LONGEST_ID} characters without control characters`;

// Control characters would let two ids look alike in logs; Postgres cannot hold NUL at all.
const CONTROL_CHARACTERS = /\p{Cc}/u;

/** Whether a text may be an id of a user or a conversation. Ids come from an identity provider, so any script is allowed. */
export function isId(text: string): boolean {
  return text.length > 0 && text.length <= LONGEST_ID && !CONTROL_CHARACTERS.test(text) && text.isWellFormed();
}

/**
 * Whether Postgres stores this text and gives it back unchanged: NUL is refused by Postgres, and a lone surrogate would
 * silently become U+FFFD on its way into UTF-8.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
