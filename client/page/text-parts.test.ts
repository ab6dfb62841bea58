import { describe, expect, test } from '@jest/globals';
import { splitText } from './text-parts.ts';

const linksOf = (content: string) => splitText(content).flatMap((part) => (part.kind === 'link' ? [part.href] : []));

describe('a message taken apart', () => {
  test('is the same text when it is put together', () => {
    for (const content of [
      '',
      'plain',
      'a @b c',
      'see https://x.test/a?b=1#c.',
      '@ann',
      '(https://x.test/a_(b))',
      'a\n\nb',
    ]) {
      expect(
        splitText(content)
          .map(({ text }) => text)
          .join(''),
      ).toBe(content);
    }
  });

  test('has links of http and https, without what ends the sentence', () => {
    expect(linksOf('Look: https://x.test/a, or (http://y.test/b_(c)). Or https://z.test!')).toEqual([
      'https://x.test/a',
      'http://y.test/b_(c)',
      'https://z.test/',
    ]);
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'xhttps://x.test',
    'http://',
    '<a href="x">',
  ])('makes no link of %s', (content) => {
    expect(linksOf(content)).toEqual([]);
  });

  test('names people, but not by addresses of mail', () => {
    const mentions = splitText('@ann, ask @user-2. Not me@example.com').filter(({ kind }) => kind === 'mention');
    expect(mentions.map(({ text }) => text)).toEqual(['@ann', '@user-2']);
  });
});
