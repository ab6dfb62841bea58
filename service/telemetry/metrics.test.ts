import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start();
  await untilPagesMayBeKept(service);
});
afterAll(() => stack?.stop());

const scrape = async (of = service) => (await fetch(`http://127.0.0.1:${of.metricsPort}/metrics`)).text();

const untilPagesMayBeKept = (of: RunningService) =>
  eventually('the stream of events is healthy', async () => /^cache_stream_healthy 1$/m.test(await scrape(of)));

test('metrics are on a port of their own, and nothing else is there', async () => {
  expect((await service.get('/metrics')).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${service.metricsPort}/`)).status).toBe(404);
});

test('requests, cache, pool, event loop and process are measured', async () => {
  const reads = await readUntilLocal(service, 1);
  await service.send('conv-1', 'user-1', 'x');
  const text = await scrape();
  const route = '/api/v1/chat/conversations/:id/messages';
  expect(text).toContain(`http_request_duration_seconds_count{method="GET",route="${route}",status="200"} ${reads}`);
  expect(text).toContain(`http_request_duration_seconds_count{method="POST",route="${route}",status="201"} 1`);
  expect(text).toMatch(/^cache_requests_total\{cache="local",result="miss"\} [1-9]/m);
  expect(text).toMatch(/^cache_requests_total\{cache="history",result="miss"\} [1-9]/m);
  expect(text).toMatch(/^cache_sets_total\{cache="history"\} [1-9]/m);
  expect(text).toContain('cache_invalidations_total{cache="history"} 1');
  expect(text).toMatch(/^db_pool_total_connections [1-9]/m);
  expect(text).toMatch(/^db_pool_idle_connections [1-9]/m);
  expect(text).toMatch(/^db_pool_waiting_connections 0/m);
  for (const name of [
    'nodejs_eventloop_lag_p99_seconds',
    'process_resident_memory_bytes',
    'cache_pending_invalidations',
    'cache_local_bytes',
    'cache_stream_healthy',
  ]) {
    expect(text).toMatch(new RegExp(`^${name} `, 'm'));
  }
});

test('hits in Redis are counted apart from pages within the process, and both as hits of the cache', async () => {
  const another = await stack.start();
  await untilPagesMayBeKept(another);
  await service.read('conv-1', 'user-1', 'limit=7');
  const reads = await readUntilLocal(another, 2, 'limit=7');
  const count = (cache: string, result: string) =>
    readCount(`cache_requests_total{cache="${cache}",result="${result}"}`, another);
  const [local, shared] = [await count('local', 'hit'), await count('history', 'hit')];
  expect(shared).toBeGreaterThan(0);
  const { metrics } = (await another.get('/health/cache')).body;
  expect(metrics.hits).toBe(local + shared);
  expect(metrics.hits + metrics.misses).toBe(reads);
});

/** Reads until so many pages came from within the process, and answers the number of reads: on a busy machine some are dropped. */
async function readUntilLocal(of: RunningService, hits: number, query?: string): Promise<number> {
  let reads = 0;
  await eventually('pages within the process are hit', async () => {
    reads += 1;
    await of.read('conv-1', 'user-1', query);
    return (await readCount('cache_requests_total{cache="local",result="hit"}', of)) >= hits;
  });
  return reads;
}

const readValue = async (series: string, of = service) =>
  Number(
    (await scrape(of))
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  );

/** A count that may not have begun. */
const readCount = async (series: string, of: RunningService) => (await readValue(series, of)) || 0;

test('waiting for a connection, statements and commands are measured, and what failed of them', async () => {
  const reads = await readValue('db_statement_duration_seconds_count{kind="read"}');
  const writes = await readValue('db_statement_duration_seconds_count{kind="write"}');
  const acquired = await readValue('db_pool_acquire_seconds_count');
  await service.send('conv-1', 'user-1', 'y');
  await service.read('conv-1', 'user-1', 'limit=3');
  await service.get('/health');
  expect(await readValue('db_statement_duration_seconds_count{kind="read"}')).toBeGreaterThanOrEqual(reads + 2);
  expect(await readValue('db_statement_duration_seconds_count{kind="write"}')).toBeGreaterThan(writes);
  expect(await readValue('db_pool_acquire_seconds_count')).toBeGreaterThanOrEqual(acquired + 3);
  expect(await readValue('db_statement_duration_seconds_sum{kind="read"}')).toBeGreaterThan(0);
  expect(await scrape()).toMatch(/^redis_command_duration_seconds_count\{command="mget"\} [1-9]/m);
  expect(await scrape()).toMatch(/^redis_command_duration_seconds_count\{command="\w*[A-Z]\w*"\} [1-9]/m); // a script, by its name
  expect(await readValue('redis_available')).toBe(1);

  const failed = await readValue('db_statement_errors_total{kind="read"}');
  await stack.query('alter table message rename to hidden_message');
  expect((await service.read('conv-1', 'user-1', 'limit=2')).status).toBe(500);
  await stack.query('alter table hidden_message rename to message');
  expect(await readValue('db_statement_errors_total{kind="read"}')).toBe(failed + 1);
});

test('a Redis that is away is measured', async () => {
  await stack.redis.kill();
  await service.read('conv-1', 'user-1', 'limit=4');
  expect(await readValue('redis_available')).toBe(0);
  expect(await scrape()).toMatch(/^redis_command_errors_total\{command="\w+"\} [1-9]/m);
  await stack.redis.restart();
  await eventually('Redis is used again', async () => (await readValue('redis_available')) === 1);
});

test('a service without Redis has no word on whether it is there', async () => {
  const other = await stack.start({ ENABLE_REDIS_CACHE: 'false', REDIS_URL: undefined });
  const text = await (await fetch(`http://127.0.0.1:${other.metricsPort}/metrics`)).text();
  expect(text).not.toMatch(/^redis_available/m);
});

test('a refusal for lack of budget is counted by the class of the budget', async () => {
  const strict = await stack.start({ RATE_LIMITS: 'on', RATE_LIMIT_PERCENT: '1' });
  const statuses: number[] = [];
  for (let index = 0; index < 12; index += 1) statuses.push((await strict.send('conv-1', 'user-2', 'z')).status);
  const refused = statuses.filter((status) => status === 429).length;
  expect(refused).toBeGreaterThan(0);
  const text = await (await fetch(`http://127.0.0.1:${strict.metricsPort}/metrics`)).text();
  expect(text).toContain(`rate_limit_refusals_total{limit="send"} ${refused}`);
});

test('the version is told', async () => {
  expect(await readValue('chat_service_info{version="0.1.0"}')).toBe(1);
});

test('a scrape stays small, as its time goes with its size', async () => {
  const text = await scrape();
  expect(text.length).toBeLessThan(100_000);
  expect(text.split('\n').length).toBeLessThan(1_500);
});

test('no user, conversation, path or method of a caller becomes a label', async () => {
  const list = async () => (await scrape()).match(/^(http|cache|db|redis|outbox|rate)_\w+(\{.*\})?/gm);
  const touch = async (index: number) => {
    await service.get(`/unknown/${index}`);
    await service.read(`nowhere-${index}`, `user-${index}`);
    await service.call({ method: index % 2 === 0 ? 'PROPFIND' : 'LOCK', path: `/x/${index}` });
    await service.call({ method: 'DELETE', path: `/api/v1/chat/conversations/c-${index}/messages` });
    await service.send(`nowhere-${index}`, `user-${index}`, `text ${index}`);
    await service.get(`/api/v1/chat/conversations?userId=user-${index}`);
  };
  await touch(0);
  await touch(1);
  const before = await list();
  for (let index = 2; index < 200; index += 1) await touch(index);
  expect(await list()).toEqual(before);
  const text = await scrape();
  expect(text).toContain('method="GET",route="unmatched",status="404"');
  expect(text).toContain('method="other",route="unmatched",status="404"');
  expect(text).not.toMatch(/nowhere-|user-1\d/);
});

test('an answer is logged with the id of its request, and nobody is named', async () => {
  const answer = await service.read('conv-1', 'user-2');
  const line = service.log
    .map((text) => JSON.parse(text))
    .find(({ requestId }) => requestId === answer.headers['x-request-id']);
  expect(line).toMatchObject({ method: 'GET', route: '/api/v1/chat/conversations/:id/messages', status: 200 });
  expect(JSON.stringify(line)).not.toContain('user-2');
});
