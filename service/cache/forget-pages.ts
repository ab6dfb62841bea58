import { Redis } from 'ioredis';
import type { RedisConfig } from '../config/config.ts';
import { buildLogin } from './redis-login.ts';

/** Keys asked for at once. */
const BATCH = 1_000;

/**
 * Deletes every cached page and every marker, for a database that went back in time; answers how many keys. Nothing else of a Redis
 * that is shared with others is touched. To be called while no service runs, which would store pages meanwhile. Throws when Redis
 * does not answer within `patience` milliseconds.
 */
export async function forgetPages(config: RedisConfig, patience = 30_000): Promise<number> {
  const client = new Redis(config.url, {
    ...buildLogin(config),
    connectionName: 'chat-restore',
    lazyConnect: true,
    connectTimeout: patience,
    commandTimeout: patience,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined); // told by the command that fails
  try {
    await client.connect();
    let count = 0;
    for (const pattern of ['msg:history:*', 'msg:version:*']) {
      for await (const keys of client.scanStream({ match: pattern, count: BATCH })) {
        if (keys.length > 0) count += await client.unlink(...(keys as string[]));
      }
    }
    return count;
  } finally {
    client.disconnect();
  }
}
