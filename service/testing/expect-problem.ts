import { expect } from '@jest/globals';
import type { Answer } from './caller.ts';

/** Expects a whole problem document of a status and kind, whose errors name exactly these fields, in this order. */
export function expectProblem(answer: Answer, status: number, kind: string, fields: readonly string[] = []): void {
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status,
    body: { type: `tag:chatstack.dev,2026:problem:${kind}`, status, title: expect.any(String) },
  });
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.body.requestId).toBe(answer.headers['x-request-id']);
  const errors: { field: string; expected: string; found: string }[] = answer.body.errors;
  expect(errors.map(({ field }) => field)).toEqual(fields);
  for (const error of errors) expect(error).toMatchObject({ expected: expect.any(String), found: expect.any(String) });
}
