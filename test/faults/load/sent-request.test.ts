import { ProblemError, UnreachableError } from '@chatstack/client/errors.ts';
import { expect, test } from '@jest/globals';
import { nameError } from './sent-request.ts';

const problem = { status: 503, type: 'urn:chatstack:problem:storage-unavailable', title: '', detail: '', errors: [] };

test('an error is named by the problem that was told, or by how the connection failed', () => {
  expect(nameError(new ProblemError('GET /', problem))).toBe('503 storage-unavailable');
  expect(nameError(new ProblemError('GET /', { ...problem, status: 502, type: 'about:blank' }))).toBe('502');
  const refused = new TypeError('fetch failed', {
    cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  });
  expect(nameError(new UnreachableError('GET /: connect', { cause: refused }))).toBe('ECONNREFUSED');
  const timedOut = new UnreachableError('GET /: expected an answer within 10000 ms, got none', {
    cause: new Error('x'),
  });
  expect(nameError(timedOut)).toBe('no answer in time');
});

test('what is no failure of the service is called a defect', () => {
  expect(nameError(new TypeError('x is not a function'))).toMatch(/^defect: TypeError/);
});
