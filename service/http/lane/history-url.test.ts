import { beforeEach, describe, expect, test } from '@jest/globals';
import { HistoryUrls } from './history-url.ts';

const PATH = '/api/v1/chat/conversations';
let urls: HistoryUrls;
beforeEach(() => {
  urls = new HistoryUrls();
});

describe('a URL of a page of history', () => {
  test('is read as the route reads it', () => {
    expect(urls.read(`${PATH}/conv-1/messages?userId=user-1&limit=10&offset=20&minVersion=3`)).toEqual({
      conversationId: 'conv-1',
      limit: 10,
      offset: 20,
      minVersion: 3,
      claimed: 'user-1',
      key: 'msg:history:conv-1:10:20',
    });
    expect(urls.read(`${PATH}/a%2Fb%20%C3%BC/messages?limit=1`)).toMatchObject({
      conversationId: 'a/b ü',
      claimed: undefined,
    });
  });

  test('is read once', () => {
    const url = `${PATH}/conv-1/messages?userId=user-1`;
    expect(urls.read(url)).toBe(urls.read(url));
  });

  test('is remembered while it is asked for, however many others come, and what is remembered is bounded', () => {
    const url = `${PATH}/conv-1/messages?userId=user-1`;
    const read = urls.read(url);
    const rare = `${PATH}/conv-2/messages?userId=user-1`;
    const once = urls.read(rare);
    for (let other = 0; other < 10_000; other += 1) {
      urls.read(`${PATH}/other-${other}/messages?userId=user-1`);
      if (other % 1_000 === 0) expect(urls.read(url)).toBe(read);
    }
    expect(urls.read(rare)).not.toBe(once);
    expect(urls.read(rare)).toEqual(once);
  });
});

describe('whatever is not exactly that is left to the application', () => {
  test.each([
    '',
    '*',
    '/',
    `${PATH}`,
    `${PATH}/conv-1`,
    `${PATH}/conv-1/messages`,
    `${PATH}/conv-1/messages/?userId=user-1`,
    `${PATH}/conv-1/messages/1?userId=user-1`,
    `${PATH}/conv-1/x/messages?userId=user-1`,
    `${PATH}//messages?userId=user-1`,
    `${PATH}/%zz/messages?userId=user-1`,
    `${PATH}/%00/messages?userId=user-1`,
    `${PATH}/${'x'.repeat(129)}/messages?userId=user-1`,
    `${PATH}/conv-1/messages?userId=user-1#x`,
    `${PATH}/conv-1/messages?userId=user-1&userId=user-2`,
    `${PATH}/conv-1/messages?userId=user-1&limit=0`,
    `${PATH}/conv-1/messages?userId=user-1&limt=10`,
    `${PATH}/conv-1/messages?userId=`,
    `${PATH}/conv-1/messages?userId=user-1&before=10`,
    `${PATH}/conv-1/messages?userId=user-1&around=10`,
    `http://127.0.0.1${PATH}/conv-1/messages?userId=user-1`,
  ])('"%s"', (url) => expect(urls.read(url)).toBeUndefined());
});
