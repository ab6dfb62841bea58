import { make } from '../dom.ts';
import { splitText } from '../text-parts.ts';

/** The nodes of a message's text, with links and names of people. A link opens beside the page and learns nothing of it. */
export function buildText(content: string, me: string): (Node | string)[] {
  return splitText(content).map((part) => {
    if (part.kind === 'text') return part.text;
    if (part.kind === 'link') {
      const attributes = { href: part.href, target: '_blank', rel: 'noopener noreferrer nofollow' };
      return make('a', { text: part.text, attributes });
    }
    return make('span', { class: part.userId === me ? 'mention me' : 'mention', text: part.text });
  });
}

const EMOJI_ALONE =
  /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*\s*){1,3}$/u;

/** Whether a message is nothing but up to three emojis, which are shown large. */
export function isEmojiAlone(content: string): boolean {
  return EMOJI_ALONE.test(content);
}
