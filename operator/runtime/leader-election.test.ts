import { describe, expect, test } from '@jest/globals';
import { ApiError, ConnectionError } from './api-error.ts';
import { type ElectionOptions, runElected } from './leader-election.ts';
import { createManualClock } from './manual-clock.ts';
import type { KubernetesObject } from './object.ts';

/** A Lease on a server that checks versions, and can be unreachable, per caller. */
function createServer() {
  let lease: KubernetesObject | undefined;
  let version = 0;
  const away = new Set<string>();
  const hanging = new Set<string>();
  const write = (object: KubernetesObject): KubernetesObject => {
    version += 1;
    lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    return lease;
  };
  const connect = (name: string): ElectionOptions['client'] => {
    const check = async (): Promise<void> => {
      if (hanging.has(name)) {
        await new Promise(() => undefined);
      }
      if (away.has(name)) {
        throw new ConnectionError('away');
      }
    };
    return {
      async get() {
        await check();
        if (lease === undefined) {
          throw new ApiError(404, 'NotFound', 'no lease');
        }
        return lease;
      },
      async create(_resource, object) {
        await check();
        if (lease !== undefined) {
          throw new ApiError(409, 'AlreadyExists', 'exists');
        }
        return write(object);
      },
      async replace(_resource, object) {
        await check();
        if (object.metadata.resourceVersion !== lease?.metadata.resourceVersion) {
          throw new ApiError(409, 'Conflict', 'changed');
        }
        return write(object);
      },
    };
  };
  return {
    away,
    hanging,
    connect,
    holder: () => (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity,
    spec: () => lease?.spec,
  };
}

function setUp() {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const server = createServer();
  const leading: string[] = [];
  const start = (identity: string, work?: Promise<void>) => {
    const abort = new AbortController();
    const ended = runElected(
      {
        client: server.connect(identity),
        key: { namespace: 'here', name: 'operator' },
        identity,
        clock,
        async lead(signal) {
          leading.push(identity);
          await Promise.race(
            [work, new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))].filter(Boolean),
          );
          leading.splice(leading.indexOf(identity), 1);
        },
      },
      abort.signal,
    );
    return { abort, ended };
  };
  /** Moves time on in steps of half a second, letting everything settle after each. */
  const pass = async (milliseconds: number): Promise<void> => {
    for (let passed = 0; passed <= milliseconds; passed += 500) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(passed === milliseconds ? 0 : 500);
      expect(leading.length).toBeLessThanOrEqual(1);
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, server, leading, start, pass };
}

describe('a leader election', () => {
  test('gives the lead to one, who keeps it', async () => {
    const { server, leading, start, pass } = setUp();
    const one = start('one');
    await pass(0);
    const two = start('two');
    await pass(60_000);
    expect(leading).toEqual(['one']);
    expect(server.spec()).toMatchObject({ renewTime: expect.stringMatching(/^2026-01-01T00:0\d:\d\d\.\d{6}Z$/) });
    two.abort.abort();
    expect(await two.ended).toBe('stopped');
    one.abort.abort();
    expect(await one.ended).toBe('stopped');
  });

  test('passes the lead on at once when the leader stops', async () => {
    const { server, leading, start, pass } = setUp();
    const one = start('one');
    await pass(0);
    const two = start('two');
    await pass(4000);
    one.abort.abort();
    expect(await one.ended).toBe('stopped');
    expect(server.holder()).toBe('');
    await pass(2000);
    expect(leading).toEqual(['two']);
    two.abort.abort();
    await two.ended;
  });

  test.each(['away', 'hanging'] as const)(
    'a leader whose server is %s stops before the next one begins',
    async (how) => {
      const { server, leading, start, pass } = setUp();
      const one = start('one');
      await pass(0);
      const two = start('two');
      await pass(4000);
      server[how].add('one');
      await pass(10_500);
      expect(leading).toEqual([]);
      expect(await one.ended).toBe('lost');
      await pass(8000);
      expect(leading).toEqual(['two']);
      two.abort.abort();
      await two.ended;
    },
  );

  test('keeps the lead through a short outage', async () => {
    const { server, leading, start, pass } = setUp();
    const one = start('one');
    await pass(4000);
    server.away.add('one');
    await pass(6000);
    server.away.clear();
    await pass(60_000);
    expect(leading).toEqual(['one']);
    one.abort.abort();
    await one.ended;
  });

  test('gives the Lease back when the work fails, and tells the failure', async () => {
    const { server, start, pass } = setUp();
    const one = start('one', Promise.reject(new Error('broken')));
    const failed = expect(one.ended).rejects.toThrow('broken');
    await pass(0);
    await failed;
    expect(server.holder()).toBe('');
  });
});
