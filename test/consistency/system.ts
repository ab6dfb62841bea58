import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller } from '@chatstack/service/testing/caller.ts';
import { startStackUnderTest } from '@chatstack/service/testing/stack-under-test.ts';
import { startSeverableLink } from '../engines/severable-link.ts';
import type { System } from './faults.ts';
import { type Replica, startReplica } from './replica.ts';

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
      startReplica({
        ...stack.environment,
        DATABASE_PATIENCE_SECONDS: '3',
        LOG_LEVEL: 'info',
        REDIS_URL: `redis://127.0.0.1:${port}`,
        ...more[index],
      }),
    ),
  );
  const expectsCache = more.every((each) => each.ENABLE_REDIS_CACHE !== 'false');
  return {
    stack,
    links,
    replicas,
    awaitHealth: async () => {
      for (const replica of replicas) await awaitHealth(replica, expectsCache);
    },
    stop: async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
      await Promise.all(links.map((link) => link.stop()));
      await stack.stop();
    },
  };
}

/** How long a replica may take to recover, in milliseconds: much more than it needs, on a machine that does other things too. */
const PATIENCE = 60_000;

async function awaitHealth({ url, log }: Replica, expectsCache: boolean): Promise<void> {
  const caller = createCaller(url);
  const deadline = performance.now() + PATIENCE;
  for (let last = ''; ; await sleep(20)) {
    if (performance.now() > deadline) {
      throw new Error(
        `Expected a replica to be well within ${PATIENCE} ms, found ${last}. Its log:\n${log().slice(-3_000)}`,
      );
    }
    const paths = ['/health/ready', ...(expectsCache ? ['/health/cache'] : [])];
    const answers = await Promise.allSettled(paths.map((path) => caller.get(path)));
    const texts = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason));
    if (texts.every((answer) => answer.status === 200)) return;
    last = texts.map((answer) => answer.text ?? String(answer)).join(', ');
  }
}
