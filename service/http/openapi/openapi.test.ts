import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Router } from '@koa/router';
import { createAnswerContract } from '../../testing/answer-contract.ts';
import type { Answer } from '../../testing/caller.ts';
import { buildSampleCall, type Values } from '../../testing/sample-calls.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';
import { type AppParts, buildRouter } from '../app.ts';
import { describeApi } from './describe-api.ts';
import { describePath } from './operation.ts';

const DOCUMENT = '/api/v1/openapi.json';
const document = describeApi('development');
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId }]) => ({ operationId, method, path })),
);

describe('the document', () => {
  test('tells every route of the router, and no other', () => {
    const router: Router = buildRouter({ identity: { mode: 'development' } } as AppParts);
    const served = router.stack
      .filter(({ path }) => /^\/(api|health)/.test(String(path)))
      .flatMap(({ path, methods }) => methods.map((method) => `${method} ${describePath(String(path)).path}`))
      .filter((route) => !route.startsWith('HEAD '));
    const told = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(told.toSorted()).toEqual(served.toSorted());
  });

  test('asks for a userId in development, where nothing else tells who asks', () => {
    const { parameters } = document.paths['/api/v1/chat/conversations/{conversationId}/messages']?.get ?? {};
    expect(parameters?.find(({ name }) => name === 'userId')).toMatchObject({ in: 'query', required: true });
    const sendBody = document.paths['/api/v1/chat/conversations/{conversationId}/messages']?.post?.requestBody;
    expect(sendBody?.content['application/json']?.schema.required).toEqual(['userId', 'content']);
    expect(document.components).not.toHaveProperty('securitySchemes');
  });

  test('asks for a token where tokens tell who asks, but of the routes for everybody', () => {
    const { paths, components } = describeApi('jwt');
    const history = paths['/api/v1/chat/conversations/{conversationId}/messages']?.get;
    expect(components).toMatchObject({ securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } });
    expect(history).toMatchObject({ security: [{ bearer: [] }], responses: { 401: {}, 429: {} } });
    expect(history?.parameters?.find(({ name }) => name === 'userId')).toMatchObject({ required: false });
    expect(paths['/health/live']?.get).toMatchObject({ security: [] });
    expect(Object.keys(paths['/health/live']?.get?.responses ?? {})).toEqual(['200', '500']);
  });
});

describe('a service', () => {
  let stack: StackUnderTest;
  let service: RunningService;
  beforeAll(async () => {
    stack = await startStackUnderTest();
    service = await stack.start();
  });
  afterAll(() => stack?.stop());

  test('tells its document, and 304 to whoever has it', async () => {
    const told = await service.get(DOCUMENT);
    expect(told).toMatchObject({ status: 200, body: JSON.parse(JSON.stringify(document)) });
    const askAgain = (tag: string) =>
      service.call({ method: 'GET', path: DOCUMENT, headers: { 'If-None-Match': tag } });
    for (const tag of [String(told.headers.etag), `"other", W/${told.headers.etag}`, '*']) {
      expect(await askAgain(tag)).toMatchObject({ status: 304, text: '', headers: { etag: told.headers.etag } });
    }
    expect((await askAgain('"other"')).status).toBe(200);
  });

  /** Values that one operation needs beside those that every operation gets. */
  const more: Readonly<Record<string, Values>> = { changeConversation: { title: 'Plans' } };

  test.each(operations)('answers $operationId as its document says', async ({ operationId, method, path }) => {
    const conversation = await service.post('/api/v1/chat/conversations', {
      type: 'GROUP',
      participantIds: ['user-1', 'user-2'],
    });
    const conversationId = conversation.body.id;
    const message = await service.send(conversationId, 'user-1', 'hello');
    const values: Values = {
      userId: 'user-1',
      conversationId,
      messageId: message.body.message.id,
      participantIds: ['user-1', 'user-3'],
      ...more[operationId],
    };
    // The caller of a stack holds the answer against the document.
    const answer = await service.call(buildSampleCall(document, method, path, values));
    expect(`${answer.status} ${answer.text}`).toMatch(/^2/);
  });
});

describe('the check of answers that every test of a service makes', () => {
  const check = createAnswerContract(document);
  const call = { method: 'GET', path: '/health/live' };
  const good: Answer = {
    ...{ status: 200, text: '{"status":"ok"}', body: { status: 'ok' }, took: 1 },
    headers: { 'x-request-id': 'a', 'content-type': 'application/json; charset=utf-8' },
  };
  const faultOf = (answer: Partial<Answer>, asked = call) => {
    try {
      check(asked, { ...good, ...answer });
      return 'none';
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('lets pass what the document tells, and what it does not cover', () => {
    expect(faultOf({})).toBe('none');
    expect(faultOf({ status: 418 }, { method: 'GET', path: '/elsewhere' })).toBe('none');
    expect(faultOf({ status: 405, headers: { allow: 'GET' } }, { method: 'POST', path: '/health/live' })).toBe('none');
  });

  test.each([
    ['another status', { status: 404 }, /as the OpenAPI document has it: one of 200, 500;/],
    ['no request id', { headers: { 'content-type': 'application/json' } }, /: the headers X-Request-Id;/],
    ['another media type', { headers: { ...good.headers, 'content-type': 'text/html' } }, /: the media type appl/],
    ['a field too many', { body: { status: 'ok', more: 1 } }, /: body must NOT have additional properties;/],
    ['another value', { body: { status: 'fine' } }, /: body\/status must be equal to constant;/],
  ])('tells %s', (_what, answer, message) => {
    expect(faultOf(answer)).toMatch(message);
  });
});
