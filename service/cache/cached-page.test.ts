import { describe, expect, test } from '@jest/globals';
import { decodePage, encodePage, pageKey, parseMarker } from './cached-page.ts';

const page = { version: 17, participantIds: ['user-1', 'a","b\n'], messages: '[]', hasMore: false };
const value = encodePage('n0nce', page, Buffer.from('{"a":"ü\\n"}'));
const decode = (marker: string) => decodePage(Buffer.from(marker), value);

describe('a cached page', () => {
  test('is servable under the marker it was stored under, its body and participants as they were', () => {
    const decoded = decode('n0nce:17');
    expect(decoded).toMatchObject({ version: 17, participantIds: page.participantIds });
    expect(decoded?.body.toString()).toBe('{"a":"ü\\n"}');
  });

  test.each(['n0nce:18', 'n0nce:1', 'n0nce:16', 'n0nce:177', 'other:17', 'n0nce:', ''])(
    'is not servable under marker "%s"',
    (marker) => expect(decode(marker)).toBeUndefined(),
  );

  test('has a key that no other page has, whatever the id', () => {
    const address = (conversationId: string, limit: number, offset: number) => ({ conversationId, limit, offset });
    expect(pageKey(address('conv-1', 50, 0))).toBe('msg:history:conv-1:50:0');
    expect(pageKey(address('a:1', 2, 3))).not.toBe(pageKey(address('a', 1, 2)));
  });
});

test('a marker tells its nonce and version', () => {
  expect(parseMarker('abc-_9:42')).toEqual({ nonce: 'abc-_9', version: 42 });
});
