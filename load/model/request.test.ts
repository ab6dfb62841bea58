import { expect, test } from '@jest/globals';
import { errorOfStatus } from './error-kinds.ts';
import { messageCount, participantCount, participantOf } from './population.ts';
import { createRandom } from './random.ts';
import { createRequestModel, olderShare, pageLimit } from './request.ts';

const population = { users: 500, conversations: 100, messages: 2_050 };

test('requests are reads and sends of participants, in the shares that were asked for', () => {
  const draw = createRequestModel(population, 0.9);
  const random = createRandom(3);
  const requests = Array.from({ length: 50_000 }, () => draw(random));
  const reads = requests.filter(({ kind }) => kind === 'read');
  expect(reads.length / requests.length).toBeCloseTo(0.9, 2);
  const older = reads.filter((request) => request.kind === 'read' && request.offset === pageLimit);
  expect(older.length / reads.length).toBeCloseTo(olderShare, 2);
  for (const { conversation, user } of requests.slice(0, 1000)) {
    const participants = Array.from({ length: participantCount(population) }, (_, nth) =>
      participantOf(population, conversation, nth),
    );
    expect(participants).toContain(user);
  }
});

test('everybody takes part in a conversation, and nobody twice in the same', () => {
  const parts = Array.from({ length: population.conversations }, (_, conversation) =>
    Array.from({ length: participantCount(population) }, (_each, nth) => participantOf(population, conversation, nth)),
  );
  expect(new Set(parts.flat()).size).toBe(population.users);
  for (const part of parts) expect(new Set(part).size).toBe(part.length);
  expect(participantCount({ users: 3 })).toBe(3);
});

test('messages are spread over conversations, none lost', () => {
  const counts = Array.from({ length: population.conversations }, (_, index) => messageCount(population, index));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(population.messages);
  expect(new Set(counts)).toEqual(new Set([20, 21]));
});

test('a request that went wrong has one of a few names', () => {
  expect([0, 429, 404, 503, 500].map((status) => errorOfStatus(status, false))).toEqual([
    'connection',
    'status 429',
    'status 4xx',
    'status 503',
    'status 5xx',
  ]);
  expect(errorOfStatus(0, true)).toBe('timeout');
});
