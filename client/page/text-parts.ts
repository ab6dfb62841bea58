/** A piece of a message: plain text, a link, or the name of somebody. */
export type TextPart =
  | { kind: 'text'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'mention'; text: string; userId: string };

// Addresses and @names, where no word goes before them. What ends a sentence is no part of an address.
const SPECIAL = /(?<![\p{L}\p{N}_])(https?:\/\/[^\s<>"']+|@[\p{L}\p{N}_](?:[\p{L}\p{N}_.:-]*[\p{L}\p{N}_])?)/gu;
const END_OF_SENTENCE = /[.,;:!?)\]}]+$/;

/** Takes a message apart. Only http and https become links: anything else could be a program (`javascript:`). */
export function splitText(content: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  const tell = (text: string) => text && parts.push({ kind: 'text', text });
  for (const { 0: found, index } of content.matchAll(SPECIAL)) {
    const text = found.startsWith('@') ? found : trimEnd(found);
    const part = text.startsWith('@') ? ({ kind: 'mention', text, userId: text.slice(1) } as const) : readLink(text);
    if (!part) continue;
    tell(content.slice(end, index));
    parts.push(part);
    end = index + text.length;
  }
  tell(content.slice(end));
  return parts;
}

/** A bracket that closes one within the address belongs to it. */
function trimEnd(address: string): string {
  const trimmed = address.replace(END_OF_SENTENCE, '');
  return address[trimmed.length] === ')' && trimmed.includes('(') ? `${trimmed})` : trimmed;
}

function readLink(text: string): TextPart | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:$/.test(url.protocol) ? { kind: 'link', text, href: url.href } : undefined;
}
