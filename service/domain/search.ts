/** Most messages of one page of what a search found. */
export const MOST_FOUND = 50;

/** Messages of such a page when nobody says how many. */
export const USUALLY_FOUND = 20;

/** Longest text that is searched for, in UTF-16 units. */
export const LONGEST_SEARCH = 200;

/** Longest snippet, in UTF-16 units. */
const LONGEST_SNIPPET = 400;

/** Marks that Postgres puts around the words it found; of the private use area, and taken out of the text before. */
export const MATCH_START = '\ue000';
/** See MATCH_START. */
export const MATCH_END = '\ue001';

/** A part of a snippet: plain text, and whether it is a word that was searched for. */
export type SnippetPart = { readonly text: string; readonly isMatch: boolean };

/** Cuts a text at the marks around the words that were found. */
export function splitHeadline(headline: string): SnippetPart[] {
  const parts: SnippetPart[] = [];
  let room = LONGEST_SNIPPET;
  for (const [index, piece] of headline.split(/[\ue000\ue001]/).entries()) {
    const text = piece.slice(0, room).toWellFormed(); // a pair that the cut has halved
    room -= text.length;
    if (text !== '') parts.push({ text, isMatch: index % 2 === 1 });
  }
  return parts;
}
