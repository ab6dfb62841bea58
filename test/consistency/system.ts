import { createCaller } from '@chatstack/service/testing/caller.ts';
import { eventually } from '@chatstack/service/testing/eventually.ts';
import { startStackUnderTest } from '@chatstack/service/testing/stack-under-test.ts';
import { startSeverableLink } from '../engines/severable-link.ts';
import type { System } from './faults.ts';
import { startReplica } from './replica.ts';

/** The engines with two replicas of the service, each a process of its own with a way to Redis of its own. */
export type RunningSystem = System & {
  /** Resolves when both replicas are ready and use their caches. */
  awaitHealth(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts everything; `more` is added to the environment of the replica with that index. */
export async function startSystem(more: readonly Readonly<Record<string, string>>[] = []): Promise<RunningSystem> {
  const stack = await startStackUnderTest();
  const links = await Promise.all([0, 1].map(() => startSeverableLink(() => stack.redis.port)));
  const replicas = await Promise.all(
    links.map(({ port }, index) =>
      startReplica({ ...stack.environment, LOG_LEVEL: 'info', REDIS_URL: `redis://127.0.0.1:${port}`, ...more[index] }),
    ),
  );
  const isHealthy = async (url: string) => {
    const caller = createCaller(url);
    const [cache, ready] = await Promise.all([caller.get('/health/cache'), caller.get('/health/ready')]);
    return ready.status === 200 && (cache.status === 200 || more.some((each) => each.ENABLE_REDIS_CACHE === 'false'));
  };
  return {
    stack,
    links,
    replicas,
    awaitHealth: async () => {
      for (const { url } of replicas) await eventually('the replica is well', () => isHealthy(url));
    },
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
      await Promise.all(links.map((link) => link.stop()));
      await stack.stop();
    },
  };
}
