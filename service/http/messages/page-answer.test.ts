import { expect, test } from '@jest/globals';
import { describePage } from './page-answer.ts';

test('a page is told by the version of its conversation', () => {
  expect(describePage(17, undefined)).toEqual({
    status: 200,
    headers: {
      'Cache-Control': 'private, no-cache',
      ETag: 'W/"17"',
      'Content-Type': 'application/json; charset=utf-8',
    },
  });
});

test.each(['W/"17"', '"17"', 'W/"16", W/"17"', '"x" ,"17"', '*'])('If-None-Match: %s names it', (header) => {
  expect(describePage(17, header)).toEqual({
    status: 304,
    headers: { 'Cache-Control': 'private, no-cache', ETag: 'W/"17"' },
  });
});

test.each(['W/"18"', 'W/"1"', '"177"', '17', 'W/17', '', 'W/"16", W/"18"'])('If-None-Match: %s does not', (header) => {
  expect(describePage(17, header).status).toBe(200);
});
