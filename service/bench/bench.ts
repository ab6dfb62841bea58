import { fileURLToPath } from 'node:url';
import { type StackUnderTest, startStackUnderTest } from '../testing/stack-under-test.ts';
import { conversationId, pagePath, storeConversations } from './conversations.ts';
import { INSERT_TABLE } from './limits/servers.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import type { BenchSettings } from './settings.ts';

/** What the service is measured against. */
export type Limit = 'bare' | 'redis-get' | 'select' | 'insert';

/** What rows measure with: the engines, and servers that are started when first asked for. */
export type Bench = {
  readonly settings: BenchSettings;
  readonly stack: StackUnderTest;
  /** The service as it is, or without any cache. */
  service(kind: 'cached' | 'uncached'): Promise<ServerProcess>;
  /** A service of its own for a row, which the row stops. */
  startService(environment?: Readonly<Record<string, string>>): Promise<ServerProcess>;
  limit(kind: Limit): Promise<ServerProcess>;
  /** Has users take part in conversations, before a service has read who does. */
  addParticipants(added: readonly { readonly userId: string; readonly conversationId: string }[]): Promise<void>;
  stop(): Promise<void>;
};

const PAGE_KEY = 'bench:page';

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Starts Postgres, PgBouncer and Redis with 1,000 conversations. */
export async function startBench(settings: BenchSettings): Promise<Bench> {
  const stack = await startStackUnderTest();
  await storeConversations(stack);
  await stack.query(INSERT_TABLE);
  const started = new Map<string, Promise<ServerProcess>>();
  const once = (name: string, start: () => Promise<ServerProcess>) => {
    const server = started.get(name) ?? start();
    started.set(name, server);
    return server;
  };
  const startService: Bench['startService'] = (environment = {}) =>
    startServerProcess(file('../main.ts'), [], { ...stack.environment, LOG_LEVEL: 'info', ...environment });
  const service: Bench['service'] = (kind) =>
    once(kind, () => startService(kind === 'uncached' ? { ENABLE_REDIS_CACHE: 'false' } : {}));
  const { PGUSER = '', PGPASSWORD = '' } = stack.environment;
  const pooler = stack.pgbouncer.url('chat', PGUSER, PGPASSWORD);
  const args: Readonly<Record<Limit, () => Promise<readonly string[]>>> = {
    bare: async () => [],
    'redis-get': async () => {
      await stack.redisClient.set(PAGE_KEY, await readPage((await service('cached')).port));
      return [stack.redis.url, PAGE_KEY];
    },
    select: async () => [pooler, conversationId(0)],
    insert: async () => [pooler],
  };
  return {
    settings,
    stack,
    service,
    startService,
    limit: (kind) =>
      once(kind, async () => startServerProcess(file('limits/run.ts'), [kind, ...(await args[kind]())], {})),
    addParticipants: async (added) => {
      const users = added.map(({ userId }) => userId);
      const conversations = added.map(({ conversationId }) => conversationId);
      await stack.query('insert into chat_user (id) select unnest($1::text[]) on conflict do nothing', [users]);
      await stack.query(
        'insert into participant (conversation_id, user_id) select unnest($1::text[]), unnest($2::text[])',
        [conversations, users],
      );
    },
    stop: async () => {
      for (const server of started.values()) await (await server).stop();
      await stack.stop();
    },
  };
}

/** The page of the first conversation, as a cache gives it. */
async function readPage(port: number): Promise<Buffer> {
  for (let reads = 0; reads < 100; reads += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}${pagePath(0)}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (bytes.includes('"fromCache":true')) return bytes;
  }
  throw new Error('Expected the page from the cache, found it from Postgres 100 times');
}
