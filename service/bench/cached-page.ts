import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { startStackUnderTest } from '../testing/stack-under-test.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

// The cached history page against the least that any server with the page in Redis must do: bare node:http and one GET.
// Both run in processes of their own on the same Redis, in blocks that take turns, so that what else the machine does
// hits both alike. A ratio within one run says something; the figures themselves are this machine's.

const MESSAGES = 50;
const CONTENT = 'Something of the usual length that people write to each other in one go.'.padEnd(85, '.');
const CONNECTIONS = 64;
const BLOCKS = Number(process.env.BENCH_BLOCKS ?? 7);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);

type Block = { readonly requests: number; readonly cpuMicros: number };

const stack = await startStackUnderTest();
try {
  const id = await stack.createConversation(['user-1', 'user-2']);
  const service = await startServerProcess(fileURLToPath(new URL('../main.ts', import.meta.url)), [], {
    ...stack.environment,
    LOG_LEVEL: 'info',
  });
  const path = `/api/v1/chat/conversations/${id}/messages?userId=user-1&limit=${MESSAGES}`;
  const url = `http://127.0.0.1:${service.port}${path}`;
  for (let count = 0; count < MESSAGES; count += 1) await send(service.port, id);
  await sleep(1_000);
  const idle = service.residentMebibytes();
  await fetch(url);
  const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  if (!bytes.includes('"fromCache":true')) throw new Error('Expected the page from the cache, found another one');
  await stack.redisClient.set('bench:page', bytes);
  const limit = await startServerProcess(
    fileURLToPath(new URL('run-limit-server.ts', import.meta.url)),
    [stack.redis.url, 'bench:page'],
    {},
  );
  const limitUrl = `http://127.0.0.1:${limit.port}/`;

  await run(url, service, 2);
  await run(limitUrl, limit, 2);
  const blocks: { service: Block; limit: Block }[] = [];
  for (let index = 0; index < BLOCKS; index += 1) {
    const isServiceFirst = index % 2 === 0; // ABBA
    const first = await run(...(isServiceFirst ? ([url, service] as const) : ([limitUrl, limit] as const)), SECONDS);
    const second = await run(...(isServiceFirst ? ([limitUrl, limit] as const) : ([url, service] as const)), SECONDS);
    blocks.push(isServiceFirst ? { service: first, limit: second } : { service: second, limit: first });
  }
  report(blocks, bytes.length, idle, service.residentMebibytes());
  await Promise.all([service.stop(), limit.stop()]);
} finally {
  await stack.stop();
}

async function send(port: number, id: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/chat/conversations/${id}/messages`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ userId: 'user-1', content: CONTENT }),
  });
  if (answer.status !== 201) throw new Error(`Expected 201 for a send, found ${answer.status} ${await answer.text()}`);
}

async function run(target: string, server: ServerProcess, seconds: number): Promise<Block> {
  const before = server.cpuSeconds();
  const result = await autocannon({ url: target, connections: CONNECTIONS, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`Expected only good answers, found ${result.non2xx} bad ones and ${result.errors} errors`);
  }
  const total = result.requests.total;
  return { requests: total / result.duration, cpuMicros: ((server.cpuSeconds() - before) * 1e6) / total };
}

function report(
  blocks: readonly { service: Block; limit: Block }[],
  bytes: number,
  idle: number,
  loaded: number,
): void {
  const line = (name: string, values: readonly number[], digits: number) => {
    const sorted = [...values].sort((a, b) => a - b);
    const at = (part: number) => (sorted[Math.round(part * (sorted.length - 1))] ?? Number.NaN).toFixed(digits);
    process.stdout.write(`${name.padEnd(44)} median ${at(0.5).padStart(8)}   spread ${at(0)} … ${at(1)}\n`);
  };
  process.stdout.write(
    `cached page of ${MESSAGES} messages, ${bytes} bytes, ${CONNECTIONS} connections, ${BLOCKS} blocks\n`,
  );
  const requests = (of: 'service' | 'limit') => blocks.map((block) => block[of].requests);
  const micros = (of: 'service' | 'limit') => blocks.map((block) => block[of].cpuMicros);
  line('service, requests/s', requests('service'), 0);
  line('node:http + one Redis GET, requests/s', requests('limit'), 0);
  line(
    'ratio, % of requests/s',
    blocks.map((block) => (block.service.requests / block.limit.requests) * 100),
    1,
  );
  line('service, CPU µs per request', micros('service'), 1);
  line('node:http + one Redis GET, CPU µs per request', micros('limit'), 1);
  line(
    'ratio, % by CPU',
    blocks.map((block) => (block.limit.cpuMicros / block.service.cpuMicros) * 100),
    1,
  );
  process.stdout.write(`memory of the service: ${idle.toFixed(0)} MiB idle, ${loaded.toFixed(0)} MiB after the load\n`);
}
