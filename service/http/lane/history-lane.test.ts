import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../testing/caller.ts';
import { eventually } from '../../testing/eventually.ts';
import { expectProblem } from '../../testing/expect-problem.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../../testing/stack-under-test.ts';

// `quick` keeps pages and has the lane; `plain` has neither, so all its answers are the application's.
let stack: StackUnderTest;
let quick: RunningService;
let plain: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  quick = await stack.start();
  plain = await stack.start({ CACHE_LOCAL_BYTES: '0' });
});
afterAll(() => stack?.stop());

const URL = '/api/v1/chat/conversations/conv-1/messages?userId=user-1&limit=5';
const route = '/api/v1/chat/conversations/:id/messages';

async function measure(of: RunningService, series: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${of.metricsPort}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

const countHits = () => measure(quick, 'cache_requests_total{cache="local",result="hit"}');

beforeEach(async () => {
  await plain.get(URL);
  await eventually('the page is kept', async () => {
    const before = await countHits();
    await quick.get(URL);
    return (await countHits()) > before;
  });
});

function told({ status, headers, text }: Answer) {
  const { date: _date, ...others } = headers;
  return { status, headers: others, text };
}

describe('the lane answers what the application answers', () => {
  test.each([
    ['a page', {}],
    ['a page to whoever has another one', { 'If-None-Match': 'W/"1"' }],
    ['"not modified" to whoever has it', { 'If-None-Match': 'W/"10"' }],
    ['"not modified" to whoever has one of several', { 'If-None-Match': '"x", "10"' }],
  ])('%s, header by header and byte by byte', async (_what, more) => {
    const headers = { 'X-Request-Id': 'the-same', ...more };
    const before = await countHits();
    const lane = await quick.call({ method: 'GET', path: URL, headers });
    expect(await countHits()).toBe(before + 1);
    expect(told(lane)).toEqual(told(await plain.call({ method: 'GET', path: URL, headers })));
    expect(lane.headers).toMatchObject({ etag: 'W/"10"', 'cache-control': 'private, no-cache' });
  });

  test('with an id of its own where the caller gives none that can be one', async () => {
    const ask = (id: string) => quick.call({ method: 'GET', path: URL, headers: { 'X-Request-Id': id } });
    expect((await ask('x y')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('and counts and logs it as the application does', async () => {
    const count = (status: number) =>
      measure(quick, `http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`);
    const [whole, unchanged] = [await count(200), await count(304)];
    await quick.call({ method: 'GET', path: URL, headers: { 'X-Request-Id': 'seen-in-the-log' } });
    await quick.call({ method: 'GET', path: URL, headers: { 'If-None-Match': '*' } });
    expect([await count(200), await count(304)]).toEqual([whole + 1, unchanged + 1]);
    const line = quick.log.findLast((candidate) => candidate.includes('seen-in-the-log')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ msg: 'answered', method: 'GET', route, status: 200 });
  });
});

describe('the lane leaves to the application', () => {
  test('HEAD, which has no body', async () => {
    const answer = await quick.call({ method: 'HEAD', path: URL });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers.etag).toBe('W/"10"');
  });

  test('whoever does not take part, also with the right tag', async () => {
    const path = URL.replace('user-1', 'nobody');
    expectProblem(await quick.get(path), 403, 'not-a-participant');
    const conditional = await quick.call({ method: 'GET', path, headers: { 'If-None-Match': '*' } });
    expectProblem(conditional, 403, 'not-a-participant');
  });

  test('whoever names nobody or breaks a rule', async () => {
    expectProblem(await quick.get(URL.replace('userId=user-1&', '')), 400, 'invalid-request', ['userId']);
    expectProblem(await quick.get(`${URL}&limit=5`), 400, 'invalid-request', ['limit']);
  });

  test('whoever has seen more than is kept', async () => {
    expect((await quick.get(`${URL}&minVersion=11`)).body.fromCache).toBe(false);
  });
});
