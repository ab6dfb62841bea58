import { expect, test } from '@jest/globals';
import { errorOf, isPageInOrder, isStored, isWhole } from './judge-answers.ts';

const page = (...seqs: number[]) =>
  JSON.stringify({ messages: seqs.map((seq) => ({ seq, conversationId: 'load-1', content: 'hi' })) });

test('a page is in order when it goes down from the newest message, with none missing, of one conversation', () => {
  expect(isPageInOrder(page(7, 6, 5), 'load-1', 0)).toBe(true);
  for (const wrong of [page(), page(5, 6, 7), page(7, 5), page(7, 7), page(1, 0)])
    expect(isPageInOrder(wrong, 'load-1', 0)).toBe(false);
  expect(isPageInOrder(page(7, 6), 'load-2', 0)).toBe(false);
  expect(isPageInOrder(page(), 'load-1', 50)).toBe(true);
});

test('an acknowledgement is of the message that was sent', () => {
  const answer = JSON.stringify({ message: { seq: 8, conversationId: 'load-1', content: 'hi' }, version: 8 });
  expect(isStored(answer, 'load-1', 'hi')).toBe(true);
  expect(isStored(answer, 'load-1', 'ho')).toBe(false);
  expect(isStored(answer, 'load-2', 'hi')).toBe(false);
  expect(isStored('{}', 'load-1', 'hi')).toBe(false);
});

test('an answer that broke off after its status had come is none', () => {
  expect(isWhole({ status: 200, error_code: 0 }, 200)).toBe(true);
  expect(isWhole({ status: 200, error_code: 1050 }, 200)).toBe(false);
  expect(errorOf({ status: 200, error_code: 1050 })).toBe('timeout');
  expect(errorOf({ status: 200, error_code: 1220 })).toBe('connection');
  expect(errorOf({ status: 503, error_code: 1503 })).toBe('status 503');
});
