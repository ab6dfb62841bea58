import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { checkCache } from './check-cache.ts';
import { type Lies, type LyingServer, startLyingServer } from './lying-server.ts';

let server: LyingServer | undefined;

async function check(lies: Lies, ...args: string[]) {
  server = await startLyingServer(lies);
  return { ...(await run(['--url', server.url, ...args])), sends: server.sends() };
}

async function run(args: string[], environment: Record<string, string> = {}) {
  const out: string[] = [];
  const error: string[] = [];
  const write = (lines: string[]) => (line: string) => void lines.push(line);
  const code = await checkCache(args, { environment, colours: false, out: write(out), error: write(error) });
  return { code, out: out.join('\n'), error: error.join('\n') };
}

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

describe('a cache that keeps its promises', () => {
  test('passes with a table of five steps, their times and the hit ratio', async () => {
    const { code, out, sends } = await check({});
    expect(code).toBe(0);
    expect(out).toMatch(/✓ initial +healthy cache with counters +healthy, 0 hits, 0 misses, ratio 0.0 % +\d+\.\d/);
    expect(out).toMatch(/✓ first read +MISS +MISS, version 1, 1 messages +\d+\.\d/);
    expect(out).toMatch(/✓ second read +HIT, the same page +HIT, version 1, 1 messages +\d+\.\d/);
    expect(out).toMatch(/✓ send +a newer version +version 2 +\d+\.\d/);
    expect(out).toMatch(/✓ third read +MISS, with the sent message +MISS, version 2, 2 messages, with the sent/);
    expect(out).toContain('hit ratio of the answering process: 33.3 % (before: 0.0 %)');
    expect(out.split('\n').at(-1)).toBe('every step is so');
    expect(sends).toBe(1);
  });

  test('passes as JSON, for programs', async () => {
    const { code, out } = await check({}, '--json');
    expect(code).toBe(0);
    const result = JSON.parse(out);
    expect(result).toMatchObject({ so: true, rounds: 1, hitRatio: { before: 0, after: 1 / 3 } });
    expect(result.steps.map(({ step }: { step: string }) => step)).toHaveLength(5);
  });

  test('passes when somebody else had just read the first page sizes', async () => {
    const { code, out } = await check({ strangersRead: 2 });
    expect(code).toBe(0);
    expect(out).toContain('3 rounds: other traffic touched the page in between');
  });

  test('passes when somebody else writes between the first two reads', async () => {
    const { code, out } = await check({ strangersWrite: 3 });
    expect(code).toBe(0);
    expect(out).toContain('2 rounds: other traffic touched the page in between');
  });

  test('has columns that begin at the same place in every line', async () => {
    const { out } = await check({});
    const table = out.split('\n').slice(2, 8);
    const column = table[0]?.indexOf('found') ?? -1;
    for (const line of table.slice(1)) expect(line.slice(column - 3, column + 1)).toMatch(/^ {3}\S$/);
  });
});

describe('a cache that does not', () => {
  const cases: [string, Lies, RegExp][] = [
    ['every page claims to be from the cache', { fromCache: true }, /step "first read" is not so in 5 rounds.*HIT/],
    [
      'no page is ever from the cache',
      { fromCache: false },
      /step "second read" is not so: expected HIT.*MISS.*ENABLE_/,
    ],
    [
      'a send leaves the cached page',
      { keepsStalePages: true },
      /step "third read" is not so:.*HIT.*did not invalidate/,
    ],
    ['a send is lost', { losesMessages: true }, /step "third read" is not so:.*without.*does not show an acknowledged/],
    ['Redis is away', { unhealthy: true }, /step "initial" is not so:.*unhealthy.*REDIS_URL/],
    [
      'the database is away',
      { unavailable: true },
      /step "first read" is not so:.*503 Postgres is away.*health\/ready/,
    ],
  ];
  test.each(cases)('is found out: %s', async (_, lies, complaint) => {
    const { code, out } = await check(lies);
    expect(code).toBe(1);
    expect(out.split('\n').at(-1)).toMatch(complaint);
  });

  test('says in JSON which step it was', async () => {
    const { code, out } = await check({ fromCache: false }, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out).steps.at(-1)).toMatchObject({
      step: 'second read',
      so: false,
      expected: expect.any(String),
    });
  });

  test('writes nothing when the first reads already tell', async () => {
    expect((await check({ fromCache: true })).sends).toBe(0);
  });
});

describe('a check that cannot be made ends with code 2', () => {
  test('where nothing listens', async () => {
    const stopped = await startLyingServer();
    await stopped.stop();
    const { code, error } = await run(['--url', stopped.url]);
    expect(code).toBe(2);
    expect(error).toMatch(/ECONNREFUSED[\s\S]*Check --url \(or BASE_URL\)/);
  });

  test('at something that is no URL', async () => {
    const { code, error } = await run([], { BASE_URL: 'localhost:3001' });
    expect(code).toBe(2);
    expect(error).toContain('expected the URL of a chat service such as http://localhost:3001, found "localhost:3001"');
  });

  test('at the root of another application', async () => {
    server = await startLyingServer();
    const { code, error } = await run(['--url', `${server.url}/elsewhere`]);
    expect(code).toBe(2);
    expect(error).toContain('404');
  });

  test('for a conversation that does not exist', async () => {
    const { code, error } = await check({}, '--conversation', 'conv-9');
    expect(code).toBe(2);
    expect(error).toContain('Are the fixtures there');
  });

  test('for an option that does not exist, with the options that do', async () => {
    const { code, error } = await run(['--uri', 'http://localhost']);
    expect(code).toBe(2);
    expect(error).toMatch(/--uri[\s\S]*--conversation ID/);
  });
});

test('the program itself prints the table without colours where it is no terminal, and ends with its code', async () => {
  server = await startLyingServer({ fromCache: false });
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const program = spawn(process.execPath, [main], { env: { ...process.env, BASE_URL: server.url } });
  const [out, [code]] = await Promise.all([text(program.stdout), once(program, 'exit')]);
  expect(code).toBe(1);
  expect(out).toContain('✗ second read');
  expect(out).not.toContain('\u001b');
});
