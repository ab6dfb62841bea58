import type { StackUnderTest } from '@chatstack/service/testing/stack-under-test.ts';
import type { SeverableLink } from '../engines/severable-link.ts';
import type { Replica } from './replica.ts';

/** What faults are done to. */
export type System = {
  readonly stack: StackUnderTest;
  readonly replicas: readonly Replica[];
  /** From each replica to Redis. */
  readonly links: readonly SeverableLink[];
};

/** A fault: how it begins and ends, and what no other fault may touch meanwhile. */
export type Fault = {
  readonly part: string;
  begin(system: System): unknown;
  end(system: System): unknown;
};

const nothing = () => undefined;

/** Room, in bytes, that Redis has for pages under pressure: some pages, and never all of them. */
const SCARCE = 65_536;

async function makeMemoryScarce({ stack: { redisClient } }: System): Promise<void> {
  const used = /used_memory:(\d+)/.exec(await redisClient.info('memory'))?.[1];
  await redisClient.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await redisClient.config('SET', 'maxmemory', Number(used) + SCARCE);
}

const ofReplica = (index: number): Record<string, Fault> => {
  const replica = ({ replicas }: System) => replicas[index] as Replica;
  const link = ({ links }: System) => links[index] as SeverableLink;
  return {
    [`replica ${index} killed`]: {
      part: `replica ${index}`,
      begin: (system) => replica(system).kill(),
      end: (system) => replica(system).start(),
    },
    [`replica ${index} stopped`]: {
      part: `replica ${index}`,
      begin: (system) => replica(system).suspend(),
      end: (system) => replica(system).resume(),
    },
    [`replica ${index} cut off from Redis`]: {
      part: `link ${index}`,
      begin: (system) => link(system).sever(),
      end: (system) => link(system).mend(),
    },
    [`replica ${index} without answers of Redis`]: {
      part: `link ${index}`,
      begin: (system) => link(system).hold(),
      end: (system) => link(system).mend(),
    },
  };
};

/** Every fault there is, by its name. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'Redis flushed': { part: 'redis', begin: ({ stack }) => stack.redisClient.flushall(), end: nothing },
  'Redis short of memory': {
    part: 'redis',
    begin: makeMemoryScarce,
    end: ({ stack }) => stack.redisClient.config('SET', 'maxmemory', '0'),
  },
  'clients of Redis disconnected': {
    part: 'redis',
    begin: async ({ stack: { redisClient } }) => {
      await redisClient.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await redisClient.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    },
    end: nothing,
  },
  'Redis stopped': {
    part: 'redis',
    begin: ({ stack }) => stack.redis.suspend(),
    end: ({ stack }) => stack.redis.resume(),
  },
  'Redis killed': {
    part: 'redis',
    begin: ({ stack }) => stack.redis.kill(),
    end: ({ stack }) => stack.redis.restart(),
  },
  'PgBouncer killed': {
    part: 'storage',
    begin: ({ stack }) => stack.pgbouncer.kill(),
    end: ({ stack }) => stack.pgbouncer.restart(),
  },
  'PgBouncer stopped': {
    part: 'storage',
    begin: ({ stack }) => stack.pgbouncer.suspend(),
    end: ({ stack }) => stack.pgbouncer.resume(),
  },
  'Postgres killed': {
    part: 'storage',
    begin: ({ stack }) => stack.postgres.kill(),
    end: ({ stack }) => stack.postgres.restart(),
  },
  ...ofReplica(0),
  ...ofReplica(1),
};
