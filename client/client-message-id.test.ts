import { expect, test } from '@jest/globals';
import { makeClientMessageId } from './client-message-id.ts';

test('ids differ, also where a browser has no randomUUID', () => {
  const insecure = { getRandomValues: crypto.getRandomValues.bind(crypto) };
  const ids = [1, 2].flatMap(() => [makeClientMessageId(), makeClientMessageId(insecure)]);
  expect(new Set(ids).size).toBe(4);
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(ids[1]).toMatch(/^[0-9a-f]{32}$/);
});
