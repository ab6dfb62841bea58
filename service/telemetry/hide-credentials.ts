const HIDDEN = '(hidden)';

/** User and password of a URL, tokens of HTTP, and anything that is shaped like a JSON Web Token. */
const CREDENTIALS: readonly (readonly [RegExp, string])[] = [
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s"'/@]*(?:@[^\s"'/@]*)*@/gi, `$1${HIDDEN}@`],
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, HIDDEN],
];

/** A text without the credentials that may stand in it. Matches no quotation mark, so JSON stays JSON. */
export function hideCredentials(text: string): string {
  return CREDENTIALS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}
