import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../testing/otlp-receiver.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

const ROUTE = '/api/v1/chat/conversations/:id/messages';
const PARENT = '00f067aa0ba902b7';
let lastTrace = 0;

let stack: StackUnderTest;
let receiver: OtlpReceiver;
let service: RunningService;
beforeAll(async () => {
  [stack, receiver] = await Promise.all([startStackUnderTest(), startOtlpReceiver()]);
  service = await stack.start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, LOG_REQUESTS: 'all' });
});
afterAll(async () => {
  await stack?.stop();
  await receiver?.stop();
});
afterEach(() => {
  receiver.answer = 200;
});

/** Calls under a trace of its own; answers the id of the trace. */
async function callTraced(method: string, path: string, body?: object, flags = '01') {
  lastTrace += 1;
  const traceId = `4bf92f3577b34da6${lastTrace.toString(16).padStart(16, '0')}`;
  const headers = { traceparent: `00-${traceId}-${PARENT}-${flags}`, 'Content-Type': 'application/json' };
  const answer = await service.call({ method, path, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  return { traceId, answer };
}

const spansOf = (traceId: string) => receiver.spans.filter((span) => span.traceId === traceId);

async function awaitTrace(traceId: string): Promise<{ root: ReceivedSpan; below: ReceivedSpan[] }> {
  const findRoot = () => spansOf(traceId).find(({ kind }) => kind === 2);
  await eventually('the trace is received', async () => findRoot() !== undefined);
  const root = findRoot() as ReceivedSpan;
  return { root, below: spansOf(traceId).filter((span) => span !== root) };
}

const messagesOf = (id: string) => `/api/v1/chat/conversations/${id}/messages`;

describe('a traced request', () => {
  const scrape = async () => (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();

  test('is the exemplar of a bucket of the duration of requests, in the text of OpenMetrics', async () => {
    const { traceId } = await callTraced('GET', `${messagesOf('conv-1')}?userId=user-1`);
    const text = await scrape();
    expect(text).toMatch(
      new RegExp(
        `^http_request_duration_seconds_bucket\\{.*route="${ROUTE}".*\\} \\d+ # \\{trace_id="${traceId}"\\} [\\d.]+ [\\d.]+$`,
        'm',
      ),
    );
    expect(text).toMatch(/^cache_requests_total\{.*\} \d+$/m);
    expect(text).toMatch(/# EOF\n$/);
  });

  test('is no exemplar where its trace is not kept', async () => {
    const { traceId } = await callTraced('GET', `${messagesOf('conv-1')}?userId=user-1`, undefined, '00');
    expect(await scrape()).not.toContain(traceId);
  });

  test('is a span of its own below that of the caller, named by its route', async () => {
    const { traceId, answer } = await callTraced('GET', `${messagesOf('conv-1')}?userId=user-1`);
    expect(answer.status).toBe(200);
    const { root } = await awaitTrace(traceId);
    expect(root).toMatchObject({ name: `GET ${ROUTE}`, parentId: PARENT, hasFailed: false });
    expect(root.attributes).toEqual({
      'http.request.method': 'GET',
      'http.route': ROUTE,
      'http.response.status_code': 200,
      'http.response.header.x-request-id': [answer.headers['x-request-id']],
      'url.scheme': 'http',
    });
    expect(root.took).toBeGreaterThan(0);
    expect(root.took).toBeLessThan(answer.took + 1_000); // the answer is there before the span ends
  });

  test('has its statements and commands below it, and telling the change with what that takes', async () => {
    const id = await stack.createConversation(['user-1', 'user-2']);
    const { traceId, answer } = await callTraced('POST', messagesOf(id), { userId: 'user-1', content: 'hello' });
    expect(answer.status).toBe(201);
    const { root, below } = await awaitTrace(traceId);
    const statement = below.find(({ attributes }) => attributes['db.system.name'] === 'postgresql');
    expect(statement).toMatchObject({ parentId: root.id, kind: 3 });
    expect(statement?.name).toMatch(/\bINSERT message\b.*\bINSERT outbox\b/);
    expect(statement?.attributes).toMatchObject({
      'db.namespace': 'chat',
      'db.query.summary': statement?.name,
      'server.address': '127.0.0.1',
      'server.port': stack.pgbouncer.port,
    });
    const publish = below.find(({ kind }) => kind === 4);
    expect(publish).toMatchObject({ name: 'publish chat:events', parentId: root.id });
    const command = below.find(({ attributes }) => attributes['db.system.name'] === 'redis');
    expect(command).toMatchObject({ parentId: publish?.id, kind: 3 });
    expect(command?.attributes).toMatchObject({ 'db.operation.name': command?.name, 'server.port': stack.redis.port });
  });

  test('has every statement of a transaction below it', async () => {
    const body = { type: 'GROUP', participantIds: ['user-1', 'user-2'], title: 'walks' };
    const { traceId } = await callTraced('POST', '/api/v1/chat/conversations', body);
    const { root, below } = await awaitTrace(traceId);
    const names = below.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([expect.stringMatching(/^BEGIN|^START/), 'COMMIT']));
    expect(new Set(below.map(({ parentId }) => parentId))).toEqual(new Set([root.id]));
  });

  test('failed where the service failed, with the kind of error and no message', async () => {
    await stack.query('alter table message rename to hidden_message');
    const { traceId, answer } = await callTraced('GET', `${messagesOf('conv-1')}?userId=user-1&limit=9`);
    await stack.query('alter table hidden_message rename to message');
    expect(answer.status).toBe(500);
    const { root, below } = await awaitTrace(traceId);
    expect(root).toMatchObject({ hasFailed: true, attributes: { 'error.type': '500' } });
    const failed = below.filter(({ hasFailed }) => hasFailed);
    expect(failed.map(({ attributes }) => attributes['error.type'])).toEqual(['42P01']);
  });

  test('is told in its log line', async () => {
    const { traceId, answer } = await callTraced('GET', `${messagesOf('conv-1')}?userId=user-1`);
    const line = service.log.map((text) => JSON.parse(text)).find((each) => each.traceId === traceId);
    expect(line).toMatchObject({ requestId: answer.headers['x-request-id'], msg: 'answered' });
  });

  test('tells nothing that a user chose', async () => {
    const secret = 'whatAnnWroteToBen';
    // Tries to come out of its literal.
    const content = `' update ${secret} \\' insert into ${secret} '' from ${secret} \\\\' delete from ${secret}`;
    const id = await stack.createConversation([secret, 'user-2']);
    const { traceId } = await callTraced('POST', messagesOf(id), { userId: secret, content });
    const search = await callTraced('GET', `${messagesOf(id)}?userId=${secret}&minVersion=1`);
    const odd = await callTraced('LOCK', `/${secret}?${secret}`);
    for (const trace of [traceId, search.traceId, odd.traceId]) await awaitTrace(trace);
    expect((await awaitTrace(odd.traceId)).root).toMatchObject({
      name: 'HTTP',
      attributes: { 'http.request.method': '_OTHER' },
    });
    expect(Buffer.concat(receiver.bodies).includes(secret)).toBe(false);
  });
});

describe('what is traced', () => {
  test('is for the caller to decide: not what it does not sample, and what it does', async () => {
    const { traceId: left } = await callTraced('GET', `${messagesOf('conv-1')}?userId=user-1`, undefined, '00');
    const { traceId: taken } = await callTraced('GET', `${messagesOf('conv-1')}?userId=user-1`);
    await awaitTrace(taken);
    expect(spansOf(left)).toEqual([]);
  });

  test('is neither a probe nor work in the background', async () => {
    const before = receiver.spans.length;
    for (const path of ['/health/live', '/api/v1/health/ready', '/health']) await service.get(path);
    const { traceId } = await callTraced('GET', `${messagesOf('conv-1')}?userId=user-1`);
    await awaitTrace(traceId);
    expect(receiver.spans.slice(before).filter((span) => span.traceId !== traceId)).toEqual([]);
  });

  test('carries what the process is', async () => {
    const { traceId } = await callTraced('GET', '/');
    await awaitTrace(traceId);
    expect(receiver.resources.at(-1)).toMatchObject({ 'service.name': 'chat-service', 'service.version': '0.1.0' });
  });
});

describe('a receiver that is away', () => {
  const told = (pattern: RegExp) => service.log.filter((line) => pattern.test(line)).length;

  test('costs no request anything and is told once, and so is its return', async () => {
    receiver.answer = 400;
    for (let round = 1; round <= 3; round += 1) {
      await callTraced('GET', `${messagesOf('conv-1')}?userId=user-1`);
      await eventually('the loss is told', async () => told(/Traces are lost/) === 1);
    }
    receiver.answer = 200;
    await eventually('the return is told', async () => {
      await callTraced('GET', '/');
      return told(/Traces are received again/) === 1;
    });
    expect(told(/Traces are lost/)).toBe(1);
  });

  test('delays no shutdown by more than a second', async () => {
    const other = await stack.start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    receiver.answer = 'silence';
    for (let index = 0; index < 50; index += 1) await other.read('conv-1', 'user-1');
    const start = performance.now();
    expect(await other.stop()).toBe(true);
    expect(performance.now() - start).toBeLessThan(9_000); // an export may take 10 s
  });

  test('loses spans beyond a bounded queue, and serves all the same', async () => {
    const other = await stack.start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    receiver.answer = 'silence';
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => other.get('/nowhere')));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
    }
    receiver.answer = 200;
    const before = receiver.spans.length;
    await other.stop();
    expect(receiver.spans.length - before).toBeLessThanOrEqual(2_048);
  });
});

describe('the last spans', () => {
  test('are sent when the service ends', async () => {
    const other = await stack.start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    const traceId = 'a'.repeat(32);
    const headers = { traceparent: `00-${traceId}-${PARENT}-01` };
    await other.call({ method: 'GET', path: `${messagesOf('conv-1')}?userId=user-1`, headers });
    await other.stop();
    expect(spansOf(traceId).length).toBeGreaterThan(0);
  });
});
