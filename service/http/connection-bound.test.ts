import { Agent, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../testing/eventually.ts';
import { type RunningService, type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';

let stack: StackUnderTest;
let service: RunningService;
beforeAll(async () => {
  stack = await startStackUnderTest();
  service = await stack.start({ MAX_CONNECTIONS: '2' });
});
afterAll(() => stack?.stop());

const page = '/api/v1/chat/conversations/conv-1/messages?userId=user-1';

/** Asks over a connection that is kept. */
async function ask(agent: Agent, path: string): Promise<{ answer: IncomingMessage; body: { type?: string } }> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${service.url}${path}`, { agent }, resolve).on('error', reject).end();
  });
  let text = '';
  for await (const chunk of answer) text += chunk;
  return { answer, body: JSON.parse(text) };
}

const keep = () => new Agent({ keepAlive: true, maxSockets: 1 });

test('a connection beyond those that a process may have is told so, probes are answered, and who was there goes on', async () => {
  const [first, second, third, probe] = [keep(), keep(), keep(), keep()];
  for (const agent of [first, second]) expect((await ask(agent, page)).answer.statusCode).toBe(200);

  const { answer, body } = await ask(third, page);
  expect(answer.statusCode).toBe(503);
  expect(answer.headers).toMatchObject({ connection: 'close', 'retry-after': '2', 'cache-control': 'no-store' });
  expect(body.type).toBe('tag:chatstack.dev,2026:problem:no-room');
  for (const path of ['/api/v1/health/live', '/health/ready']) {
    const { answer: well } = await ask(probe, path);
    expect([well.statusCode, well.headers.connection]).toEqual([200, 'close']);
  }
  expect((await ask(probe, '/healthy')).answer.statusCode).toBe(503);
  for (const agent of [first, second]) expect((await ask(agent, page)).answer.statusCode).toBe(200);

  const metrics = await (await fetch(`http://127.0.0.1:${service.metricsPort}/metrics`)).text();
  expect(metrics).toMatch(/^http_connections_refused_total 2$/m);

  first.destroy();
  await eventually('there is room', async () => (await ask(third, page)).answer.statusCode === 200);
  for (const agent of [second, third, probe]) agent.destroy();
});
