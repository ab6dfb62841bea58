import { describe, expect, test } from '@jest/globals';
import type { PoolsAnswer } from '../pgbouncer-admin/ask-pools.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { Registry } from '../runtime/prometheus.ts';
import type { StackFacts } from './stack-facts.ts';
import { createStackMetrics } from './stack-metrics.ts';
import { stackDefinitions } from './stack-series.ts';

const stackOf = (name: string, uid = name): KubernetesObject => ({
  apiVersion: 'chatstack.dev/v1alpha1',
  kind: 'ChatStack',
  metadata: { name, namespace: 'chat', uid },
});

const facts: StackFacts = {
  conditions: [
    { type: 'Ready', reason: 'Serving', isTrue: true, since: 1_767_268_800 },
    { type: 'Degraded', reason: 'AsPlanned', isTrue: false, since: 1_767_268_800 },
  ],
  pool: { size: 20, reserve: 5, min: 10 },
  budgets: [
    { layer: 'postgres', connections: 70, limit: 97, headroom: 27 },
    { layer: 'clients', connections: 200, limit: 16_000, headroom: 15_800 },
  ],
  backup: { scheduleSeconds: 86_400, lastSuccess: 1_767_268_800 },
  certificates: [{ secret: 'acme-postgres-tls', expiry: 1_775_044_800 }],
  replicas: [
    { component: 'pgbouncer', ready: 2, wanted: 2 },
    { component: 'service', ready: 1, wanted: 2 },
  ],
  volumes: [{ component: 'postgres', bytes: 10_737_418_240 }],
};

const waiting: PoolsAnswer = {
  kind: 'answered',
  pools: [
    {
      database: 'chat',
      user: 'chatstack',
      activeClients: 3,
      waitingClients: 2,
      activeServers: 3,
      idleServers: 0,
      longestWaitMilliseconds: 512.25,
    },
    {
      database: 'chat',
      user: 'lookup',
      activeClients: 0,
      waitingClients: 1,
      activeServers: 0,
      idleServers: 1,
      longestWaitMilliseconds: 20,
    },
  ],
};
const silent: PoolsAnswer = { kind: 'unreachable', reason: 'timeout expired' };

function open() {
  const registry = new Registry();
  const metrics = createStackMetrics(registry);
  const scrape = async () => (await registry.metrics()).split('\n').filter((line) => line !== '' && line[0] !== '#');
  return { metrics, scrape };
}

describe('the metrics of a stack', () => {
  test('are what its last reconcile saw', async () => {
    const { metrics, scrape } = open();
    metrics.observe(stackOf('acme'), facts, []);
    expect(await scrape()).toEqual([
      'chatstack_condition{namespace="chat",stack="acme",type="Ready",reason="Serving"} 1',
      'chatstack_condition{namespace="chat",stack="acme",type="Degraded",reason="AsPlanned"} 0',
      'chatstack_condition_since_timestamp_seconds{namespace="chat",stack="acme",type="Ready"} 1767268800',
      'chatstack_condition_since_timestamp_seconds{namespace="chat",stack="acme",type="Degraded"} 1767268800',
      'chatstack_component_ready_replicas{namespace="chat",stack="acme",component="pgbouncer"} 2',
      'chatstack_component_ready_replicas{namespace="chat",stack="acme",component="service"} 1',
      'chatstack_component_wanted_replicas{namespace="chat",stack="acme",component="pgbouncer"} 2',
      'chatstack_component_wanted_replicas{namespace="chat",stack="acme",component="service"} 2',
      'chatstack_component_restarts_total{namespace="chat",stack="acme",component="pgbouncer"} 0',
      'chatstack_component_restarts_total{namespace="chat",stack="acme",component="service"} 0',
      'chatstack_volume_size_bytes{namespace="chat",stack="acme",component="postgres"} 10737418240',
      'chatstack_pool_scrape_failures_total{namespace="chat",stack="acme"} 0',
      'chatstack_pool_size_connections{namespace="chat",stack="acme"} 20',
      'chatstack_pool_reserve_connections{namespace="chat",stack="acme"} 5',
      'chatstack_pool_min_connections{namespace="chat",stack="acme"} 10',
      'chatstack_budget_connections{namespace="chat",stack="acme",layer="postgres"} 70',
      'chatstack_budget_connections{namespace="chat",stack="acme",layer="clients"} 200',
      'chatstack_budget_limit_connections{namespace="chat",stack="acme",layer="postgres"} 97',
      'chatstack_budget_limit_connections{namespace="chat",stack="acme",layer="clients"} 16000',
      'chatstack_budget_headroom_connections{namespace="chat",stack="acme",layer="postgres"} 27',
      'chatstack_budget_headroom_connections{namespace="chat",stack="acme",layer="clients"} 15800',
      'chatstack_backup_last_success_timestamp_seconds{namespace="chat",stack="acme"} 1767268800',
      'chatstack_backup_schedule_seconds{namespace="chat",stack="acme"} 86400',
      'chatstack_certificate_expiry_timestamp_seconds{namespace="chat",stack="acme",certificate="acme-postgres-tls"} 1775044800',
    ]);
  });

  test('have one series for each condition, with the reason of the moment', async () => {
    const { metrics, scrape } = open();
    metrics.observe(stackOf('acme'), facts, []);
    const [ready, ...others] = facts.conditions;
    const conditions = [{ ...ready, type: 'Ready', reason: 'RollingOut', isTrue: false, since: 5 }, ...others];
    metrics.observe(stackOf('acme'), { ...facts, conditions }, []);
    expect((await scrape()).filter((line) => line.includes('type="Ready"'))).toEqual([
      'chatstack_condition{namespace="chat",stack="acme",type="Ready",reason="RollingOut"} 0',
      'chatstack_condition_since_timestamp_seconds{namespace="chat",stack="acme",type="Ready"} 5',
    ]);
  });

  test('without poolers, backups and TLS lack theirs, instead of saying zero', async () => {
    const { metrics, scrape } = open();
    const { pool: _, backup: __, ...others } = facts;
    metrics.observe(stackOf('acme'), { ...others, certificates: [] }, []);
    expect((await scrape()).filter((line) => /_(pool|backup|certificate)_/.test(line))).toEqual([]);
  });
});

describe('the pools of a stack', () => {
  const ofPools = (lines: readonly string[]) =>
    lines
      .filter((line) => /_pool_(max|wait|act|idle|scrape)/.test(line))
      .map((line) => line.replace(/namespace.*acme",?/, ''));

  test('are shown as the longest wait and the sums of each pooler', async () => {
    const { metrics, scrape } = open();
    metrics.observe(stackOf('acme'), facts, []);
    metrics.notePools({ namespace: 'chat', name: 'acme' }, new Map([['a', waiting]]));
    expect(ofPools(await scrape())).toEqual([
      'chatstack_pool_max_wait_seconds{pod="a"} 0.51225',
      'chatstack_pool_waiting_clients{pod="a"} 3',
      'chatstack_pool_active_clients{pod="a"} 3',
      'chatstack_pool_active_servers{pod="a"} 3',
      'chatstack_pool_idle_servers{pod="a"} 1',
      'chatstack_pool_scrape_failures_total{} 0',
    ]);
  });

  test('of a pooler that does not answer are not shown, and that is counted', async () => {
    const { metrics, scrape } = open();
    const key = { namespace: 'chat', name: 'acme' };
    metrics.observe(stackOf('acme'), facts, []);
    metrics.notePools(
      key,
      new Map([
        ['a', waiting],
        ['b', waiting],
      ]),
    );
    metrics.notePools(
      key,
      new Map<string, PoolsAnswer>([
        ['a', silent],
        ['b', { kind: 'answered', pools: [] }],
      ]),
    );
    const shown = ofPools(await scrape());
    expect(shown).toContain('chatstack_pool_max_wait_seconds{pod="b"} 0');
    expect(shown).toContain('chatstack_pool_scrape_failures_total{} 1');
    expect(shown.filter((line) => line.includes('"a"'))).toEqual([]);
  });

  test('are not shown any more of a pooler that went', async () => {
    const { metrics, scrape } = open();
    const key = { namespace: 'chat', name: 'acme' };
    metrics.observe(stackOf('acme'), facts, []);
    metrics.notePools(key, new Map([['a', waiting]]));
    metrics.notePools(key, new Map());
    expect(ofPools(await scrape())).toEqual(['chatstack_pool_scrape_failures_total{} 0']);
  });
});

describe('stacks that come and go', () => {
  const names = Array.from({ length: 100 }, (_, index) => `stack-${index}`);
  const answers = new Map([
    ['a', waiting],
    ['b', waiting],
  ]);

  function observeAll(metrics: ReturnType<typeof open>['metrics'], observed = facts) {
    for (const name of names) {
      metrics.observe(stackOf(name), observed, []);
      metrics.notePools({ namespace: 'chat', name }, answers);
    }
  }

  test('a hundred have a hundred times the series of one, and a reconcile adds none', async () => {
    const [one, many] = [open(), open()];
    one.metrics.observe(stackOf('stack-0'), facts, []);
    one.metrics.notePools({ namespace: 'chat', name: 'stack-0' }, answers);
    const each = (await one.scrape()).length;
    expect(each).toBeLessThanOrEqual(50);
    observeAll(many.metrics);
    observeAll(many.metrics);
    expect(await many.scrape()).toHaveLength(100 * each);
  });

  test('a scrape of a hundred looks at the facts of each once for each metric, and at nothing else', async () => {
    const { metrics, scrape } = open();
    let looks = 0;
    const counted = new Proxy(facts, {
      get(target, property) {
        looks += 1;
        return Reflect.get(target, property);
      },
    });
    observeAll(metrics, counted);
    looks = 0;
    await scrape();
    expect(looks).toBeLessThanOrEqual(100 * stackDefinitions.length);
    expect(looks).toBeGreaterThan(1000);
  });

  test('of one that is gone nothing is left, not even when its poolers answer late', async () => {
    const { metrics, scrape } = open();
    observeAll(metrics);
    for (const name of names.slice(1)) metrics.forget({ namespace: 'chat', name });
    metrics.notePools({ namespace: 'chat', name: 'stack-1' }, answers);
    const left = await scrape();
    expect(left.filter((line) => !line.includes('stack="stack-0"'))).toEqual([]);
    metrics.forget({ namespace: 'chat', name: 'stack-0' });
    expect(await scrape()).toEqual([]);
  });

  test('one that is made again under its name begins with counters at zero', async () => {
    const { metrics, scrape } = open();
    metrics.observe(stackOf('acme'), facts, []);
    metrics.notePools({ namespace: 'chat', name: 'acme' }, new Map([['a', silent]]));
    metrics.observe(stackOf('acme', 'another'), facts, []);
    expect(await scrape()).toContain('chatstack_pool_scrape_failures_total{namespace="chat",stack="acme"} 0');
  });
});
