import { type StackUnderTest, startStackUnderTest } from '@chatstack/service/testing/stack-under-test.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arbitraryCall } from './arbitrary-call.ts';
import { type KnownIds, offerKnownIds } from './known-ids.ts';
import { createKnownIds, startTargets, type Target } from './targets.ts';

/** A small part of `make fuzz` that needs no Python. */
const CALLS = 200;

let stack: StackUnderTest;
let targets: Target[];
let known: KnownIds;
beforeAll(async () => {
  stack = await startStackUnderTest();
  targets = await startTargets(stack);
  known = await createKnownIds((targets[0] as Target).service);
});
afterAll(() => stack?.stop());

describe('requests made of the document at random', () => {
  test.each([
    [0, 'where callers name themselves'],
    [1, 'where tokens tell who asks'],
    [2, 'where limits refuse most'],
  ])('to service %i, %s, get answers that the document tells, and no 5xx', async (index) => {
    const { document, service, token } = targets[index] as Target;
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const statuses = new Map<number, number>();
    const property = fc.asyncProperty(arbitraryCall(offerKnownIds(document, known)), async (call) => {
      // The caller holds every answer against the document.
      const { status } = await service.call({ ...call, headers: { ...headers, ...call.headers } });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(status).toBeLessThan(500);
    });
    await fc.assert(property, { numRuns: CALLS });
    expect([...statuses.keys()]).toEqual(expect.arrayContaining(index === 2 ? [429] : [200, 400]));
  });
});

test('known ids are offered beside any others, in requests alone', () => {
  const { document } = targets[0] as Target;
  const offered = offerKnownIds(document, { userId: ['ann'] });
  const list = offered.paths['/api/v1/chat/conversations']?.get;
  const userId = list?.parameters?.find(({ name }) => name === 'userId');
  expect(userId?.schema).toEqual({
    anyOf: [{ type: 'string', enum: ['ann'] }, expect.objectContaining({ maxLength: 128 })],
  });
  expect(list?.responses).toEqual(document.paths['/api/v1/chat/conversations']?.get?.responses);
});
