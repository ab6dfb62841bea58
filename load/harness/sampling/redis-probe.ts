import { Redis } from 'ioredis';
import type { Probe } from './probe.ts';

/** Asks Redis how much memory its data take. */
export function openRedisProbe(address: { host: string; port: number; password: string }): Probe {
  const client = new Redis({ ...address, commandTimeout: 900, lazyConnect: true, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined); // the command rejects, too
  return {
    read: async () => {
      const used = /^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1];
      return used === undefined ? {} : { redisBytes: Number(used) };
    },
    close: async () => client.disconnect(),
  };
}
