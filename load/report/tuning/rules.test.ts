import { buildCustomResourceDefinition } from '@chatstack/stack/api/crd.ts';
import { describe, expect, test } from '@jest/globals';
import { groupBlocks } from '../../results/groups.ts';
import { makeRun } from '../../testing/synthetic-run.ts';
import type { Facts } from './facts.ts';
import { applyRule, proposeChanges } from './propose.ts';
import { rules } from './rules.ts';

const fields: Readonly<Record<string, string | number>> = {
  'pgbouncer.poolSize': 10,
  'pgbouncer.replicas': 2,
  'pgbouncer.maxClientConnections': 5_000,
  'postgres.resources.requests.cpu': '300m',
  'service.replicas': 2,
  'service.cache.recentTTL': '30s',
  'redis.maxMemory': '128Mi',
};

/** A stack that lacks nothing. */
const easy: Facts = {
  load: 'stress, 5,000 connections',
  connections: 5_000,
  queueWait: 2,
  shares: { service: 0.4, postgres: 0.3, pgbouncer: 0.2, redis: 0.1 },
  isMachineFull: false,
  hitRatio: 0.9,
  redisBytes: 20 * 2 ** 20,
  failed: 0,
  present: (field) => fields[field],
};

const proposalsOf = (changes: Partial<Facts>) =>
  rules
    .flatMap((rule) => applyRule(rule, { ...easy, ...changes }) ?? [])
    .map(({ field, proposed }) => [field, proposed]);

describe('Recommendations', () => {
  test.each<[string, Partial<Facts>, readonly (readonly [string, string | number])[]]>([
    ['nothing, of a stack that lacks nothing', {}, []],
    ['a larger pool, where clients wait and Postgres has room', { queueWait: 80 }, [['pgbouncer.poolSize', 15]]],
    [
      'more cores for Postgres, where clients wait for it',
      { queueWait: 80, shares: { postgres: 0.95 } },
      [['postgres.resources.requests.cpu', '600m']],
    ],
    ['no larger pool on a full machine', { queueWait: 80, isMachineFull: true }, []],
    ['another pooler, where its one core is full', { shares: { pgbouncer: 0.93 } }, [['pgbouncer.replicas', 3]]],
    ['another service process, where theirs are full', { shares: { service: 0.97 } }, [['service.replicas', 3]]],
    [
      'more memory for Redis, where pages are evicted',
      { hitRatio: 0.7, redisBytes: 127 * 2 ** 20 },
      [['redis.maxMemory', '256Mi']],
    ],
    ['pages that live longer, where they end before', { hitRatio: 0.7 }, [['service.cache.recentTTL', '1m']]],
    [
      'no pages that live longer than sends let them',
      { hitRatio: 0.7, present: (field) => (field === 'service.cache.recentTTL' ? '5m' : fields[field]) },
      [],
    ],
    [
      'more clients at a pooler, where some were refused',
      { load: 'pooler, 10,000 connections', connections: 10_000, failed: 0.2 },
      [['pgbouncer.maxClientConnections', 7_500]],
    ],
    ['nothing about clients, where all came in', { load: 'pooler, 10,000 connections', connections: 10_000 }, []],
    ['nothing of what was not sampled', { queueWait: undefined, hitRatio: undefined, shares: {} }, []],
  ])('are %s', (_, changes, proposals) => {
    expect(proposalsOf(changes)).toEqual(proposals);
  });

  test('name fields that a ChatStack has', () => {
    const [version] = buildCustomResourceDefinition().spec.versions;
    for (const { field } of rules) {
      let schema: unknown = version?.schema.openAPIV3Schema.properties?.spec;
      for (const name of field.split('.'))
        schema = (schema as { properties?: Record<string, unknown> })?.properties?.[name];
      expect([field, schema !== undefined]).toEqual([field, true]);
    }
  });

  test('tell the load that asks for the most, the present value and why', () => {
    const run = makeRun({ queueWaitMilliseconds: 300 });
    expect(proposeChanges({ run, groups: groupBlocks(run) })).toEqual([
      {
        field: 'pgbouncer.poolSize',
        present: 16,
        proposed: 24,
        because: expect.stringMatching(
          /^clients waited up to \d+ ms .*pooler, 10,000 connections, 1,000 requests\/s\)$/,
        ),
      },
    ]);
  });

  test('take a field that was left unset for its default', () => {
    const run = makeRun({ hitRatio: 0.5 });
    const unset = run.configurations.map(({ fields: all, ...rest }) => {
      const { 'service.cache.recentTTL': _, ...others } = all;
      return { ...rest, fields: others };
    });
    const changed = { ...run, configurations: unset };
    expect(proposeChanges({ run: changed, groups: groupBlocks(changed) })).toMatchObject([
      { present: '30s', proposed: '1m' },
    ]);
  });
});
