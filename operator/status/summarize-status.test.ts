import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { nothingObserved } from '@chatstack/stack/plan/plan-input.ts';
import { describe, expect, test } from '@jest/globals';
import { decideAnew } from '../reconcile/decide.ts';
import type { StepResult } from '../reconcile/step.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { componentNames } from './observed-stack.ts';
import type { StackStatus } from './stack-status.ts';
import {
  type Case,
  conditionOf,
  recordsWith,
  running,
  stackOf,
  statuses,
  summarize,
  workload,
} from './testing/summarize.ts';
import { buildTransitions } from './transitions.ts';

describe('the status of a stack', () => {
  test('what measures a stack has a condition of its own: the chat is Ready without it', () => {
    const missing = summarize({ observed: running(componentNames) });
    expect(statuses(missing, 'Ready', 'Degraded', 'Progressing', 'MonitoringReady')).toEqual([
      'True',
      'False',
      'False',
      'False',
    ]);
    expect(conditionOf(missing, 'MonitoringReady')).toMatchObject({ reason: 'NotCreated' });
    const stalled = { kind: 'stalled', reason: 'KindMissing', message: 'expected a kind' } as const;
    const held = summarize({ records: recordsWith({ monitoring: stalled }) });
    expect(statuses(held, 'Ready', 'Degraded')).toEqual(['True', 'False']);
    expect(conditionOf(held, 'MonitoringReady')).toMatchObject({ status: 'False', reason: 'KindMissing' });
    const unmeasured = summarize({ spec: { monitoring: { prometheus: { mode: 'None' } } } });
    expect(conditionOf(unmeasured, 'MonitoringReady')).toMatchObject({ status: 'True', reason: 'NotAskedFor' });
  });

  test('everything done and ready is Ready, and says what it is made of', () => {
    const status = summarize({});
    expect(status.conditions?.map(({ type, status: is }) => `${type}=${is}`)).toEqual([
      'Ready=True',
      'Progressing=False',
      'Degraded=False',
      'BudgetFits=True',
      'PostgresReady=True',
      'PgbouncerReady=True',
      'RedisReady=True',
      'MigrationComplete=True',
      'ServiceReady=True',
      'MonitoringReady=True',
      'UpToDate=True',
    ]);
    expect(status.connectionBudget?.lines.length).toBeGreaterThan(3);
    expect(status.connectionBudget).toMatchObject({ headroom: expect.any(Number) });
    expect(status.endpoints).toEqual({
      service: 'http://acme-service.chat.svc:3001',
      metrics: 'http://acme-service.chat.svc:9464/metrics',
    });
  });

  test('what another version would plan otherwise is named, up to a number, and costs no readiness', () => {
    const status = summarize({ awaiting: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => `Service ${name}`) });
    expect(statuses(status, 'Ready', 'Degraded', 'UpToDate')).toEqual(['True', 'False', 'False']);
    expect(conditionOf(status, 'UpToDate')?.message).toMatch(
      /version 0\.1\.0 .* planned it.*0\.2\.0 would change Service a, .*Service f and 2 more\./,
    );
  });

  const waits: StepResult = { kind: 'waiting', reason: 'Migrating', message: 'Job runs' };
  const stalls: StepResult = { kind: 'stalled', reason: 'MigrationFailed', message: 'Job failed' };
  const forbidden: StepResult = { kind: 'failed', reason: 'Forbidden', message: 'quota', degraded: true, error: null };
  const hiccup: StepResult = { kind: 'failed', reason: 'Retrying', message: '500', degraded: false, error: null };

  test.each<[string, Case, (string | undefined)[]]>([
    // Ready, Progressing, Degraded
    [
      'a migration that runs',
      { records: recordsWith({ migration: waits }), observed: running(componentNames, undefined) },
      ['False', 'True', 'False'],
    ],
    [
      'a migration that failed',
      { records: recordsWith({ migration: stalls }), observed: running(componentNames, 'Failed') },
      ['False', 'False', 'True'],
    ],
    ['a child that a quota forbids', { records: recordsWith({ data: forbidden }) }, ['False', 'False', 'True']],
    ['an error of the server', { records: recordsWith({ service: hiccup }) }, ['False', 'True', 'False']],
    ['a pooler that has yet to reload', { records: recordsWith({ pool: waits }) }, ['False', 'True', 'False']],
    [
      'a component that is missing',
      { observed: running(['postgres', 'pgbouncer', 'service']) },
      ['False', 'True', 'False'],
    ],
    ['a child that is left over', { records: recordsWith({ pruning: waits }) }, ['False', 'True', 'False']],
    ['a spec that is refused', { spec: { pgbouncer: { poolSize: 5000 } } }, ['False', 'False', 'True']],
    ['a stack that is suspended', { spec: { suspend: true } }, ['Unknown', 'False', 'False']],
  ])('%s is never Ready', (_, given, expected) => {
    expect(statuses(summarize(given), 'Ready', 'Progressing', 'Degraded')).toEqual(expected);
  });

  test('pods that can not start leave nothing settled, though every step is done', () => {
    const [name, redis] = workload('redis', 0);
    const container = { name: 'redis', state: { waiting: { reason: 'CreateContainerConfigError' } } };
    const pod: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'acme-redis-a', labels: { 'app.kubernetes.io/component': 'redis' } },
      status: { containerStatuses: [container] },
    };
    const observed = { ...running(), workloads: new Map([...running().workloads, [name, redis]]), pods: [pod] };
    const status = summarize({ observed });
    expect(conditionOf(status, 'Degraded')).toMatchObject({ status: 'True', reason: 'CreateContainerConfigError' });
    expect(conditionOf(status, 'Progressing')).toMatchObject({ status: 'False', reason: 'Stalled' });
  });

  test('a component whose step is not done is not ready, though its former version serves', () => {
    const status = summarize({ records: recordsWith({ migration: waits }) });
    expect(conditionOf(status, 'ServiceReady')).toMatchObject({ status: 'False', reason: 'Migrating' });
    expect(conditionOf(status, 'ServiceReady')?.message).toBe('1 of 1 pods ready, not as planned yet: Job runs');
    expect(statuses(status, 'PostgresReady', 'PgbouncerReady', 'RedisReady')).toEqual(['True', 'True', 'True']);
  });

  test('pools that do not fit are a matter of the budget, unknown fields are not', () => {
    const budget = summarize({ spec: { pgbouncer: { poolSize: 5000 } } });
    expect(conditionOf(budget, 'BudgetFits')).toMatchObject({ status: 'False', reason: 'ConnectionsExceedLimit' });
    const spec = summarize({ spec: { sise: 'small' } });
    expect(conditionOf(spec, 'BudgetFits')).toMatchObject({ status: 'Unknown' });
    expect(conditionOf(spec, 'Ready')?.message).toMatch(/sise.*Nothing was changed/s);
  });

  test('what a refused spec does not tell stays as it was', () => {
    const { decided: _, ...before } = summarize({});
    const after = summarize({ spec: { pgbouncer: { poolSize: 5000 } }, previous: before, generation: 2 });
    expect(after).toMatchObject({
      pool: before.pool,
      connectionBudget: before.connectionBudget,
      observedGeneration: 2,
    });
    expect(statuses(after, 'ServiceReady', 'MigrationComplete')).toEqual(['True', 'True']);
  });

  test('a status that is summarized again is the same, to the time of its conditions', () => {
    const { decided: _, ...before } = summarize({});
    const { decided: __, ...after } = summarize({ previous: before });
    expect(after).toEqual(before);
  });

  test('an external Postgres has no component, and is ready when it was found usable', () => {
    const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'login' } };
    const spec = { postgres: { mode: 'External', external } };
    const facts = { version: '17.4', maxConnections: 100, reservedConnections: 3 };
    const server = { facts, revision: 'r1' };
    const ready = summarize({ spec, observed: running(['pgbouncer', 'redis', 'service']), server });
    expect(ready.components?.map(({ name }) => name)).toEqual([
      'pgbouncer',
      'redis',
      'service',
      'exporters',
      'prometheus',
      'grafana',
    ]);
    expect(statuses(ready, 'PostgresReady', 'Ready')).toEqual(['True', 'True']);
    expect(conditionOf(ready, 'PostgresReady')?.message).toMatch(/db\.example\.com:5432 runs PostgreSQL 17\.4 for 100/);
    expect(ready.postgresServer).toEqual({ ...facts, revision: 'r1' });
    const unread = summarize({ spec, records: recordsWith({ credentials: waits }), server: {} });
    expect(statuses(unread, 'PostgresReady')).toEqual(['Unknown']);
    expect(unread.connectionBudget).toBeUndefined();
  });

  test.each([
    ['', {}],
    [' beside a Redis of somebody else', { mode: 'External', external: { host: 'redis.example.com' } }],
  ])('an external Postgres in trouble%s is told with its reason, and what was read of it stays', (_, redis) => {
    const external = { host: 'db.example.com', database: 'chat', secretRef: { name: 'login' } };
    const result = { kind: 'stalled', reason: 'ServerFull', message: 'no connection is free' } as const;
    const facts = { version: '17.4', maxConnections: 100, reservedConnections: 3 };
    const record = { name: 'server', result };
    const status = summarize({
      spec: { postgres: { mode: 'External', external }, redis },
      records: [record, ...recordsWith()],
      server: { facts, revision: 'r1', record },
    });
    expect(conditionOf(status, 'PostgresReady')).toMatchObject({ status: 'False', reason: 'ServerFull' });
    expect(statuses(status, 'Ready', 'Degraded')).toEqual(['False', 'True']);
    expect(status.postgresServer?.maxConnections).toBe(100);
  });

  test('a long message is cut, not refused by the API server', () => {
    const message = 'x'.repeat(50_000);
    const status = summarize({
      records: recordsWith({ data: { kind: 'stalled', reason: 'ManifestRefused', message } }),
    });
    expect(conditionOf(status, 'Degraded')?.message.length).toBeLessThanOrEqual(4000);
  });
});

describe('a spec that came past the API server', () => {
  test.each([
    ['no spec at all', undefined, 'apply'],
    ['null', null, 'apply'],
    ['text', 'large', 'refused'],
    ['a list', [], 'refused'],
    ['a field of a later version', { tuning: {} }, 'refused'],
    ['a faulty one that is suspended', { suspend: true, sise: 1 }, 'suspended'],
    ['null inside', { service: null }, 'refused'],
  ])('%s', (_, spec, kind) => {
    expect(
      decideAnew(stackOf(spec as unknown as object), {
        serviceImage: undefined,
        volume: undefined,
        observed: nothingObserved,
      }).kind,
    ).toBe(kind);
  });

  test('the image that the operator was started with is used where the spec names none', () => {
    const decided = decideAnew(stackOf({}), { serviceImage: 'mine:1', volume: undefined, observed: nothingObserved });
    expect(decided).toMatchObject({ plan: { service: { image: 'mine:1' }, migration: { image: 'mine:1' } } });
    expect(parseChatStackSpec({}).ok).toBe(true);
  });
});

describe('a volume that is there already', () => {
  const volume = (asked: string, there?: string): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'acme-postgres' },
    spec: { storageClassName: 'fast', resources: { requests: { storage: asked } } },
    ...(there ? { status: { capacity: { storage: there } } } : {}),
  });
  const wanting = (size: string, storageClassName?: string) => ({
    postgres: { storage: { size, ...(storageClassName ? { storageClassName } : {}) } },
  });

  test.each<[string, object, KubernetesObject, string]>([
    ['may stay as it is', wanting('10Gi'), volume('10Gi', '10Gi'), 'apply'],
    ['may be written otherwise', wanting('10Gi'), volume('10240Mi'), 'apply'],
    ['may grow', wanting('20Gi'), volume('10Gi'), 'apply'],
    ['may not shrink', wanting('5Gi'), volume('10Gi'), 'refused'],
    ['may be larger than was asked for', wanting('10Gi'), volume('10Gi', '16Gi'), 'apply'],
    ['may take back an expansion that failed', wanting('15Gi'), volume('900Gi', '10Gi'), 'apply'],
    ['may not change its class', wanting('10Gi', 'slow'), volume('10Gi'), 'refused'],
    ['may have its class named', wanting('10Gi', 'fast'), volume('10Gi'), 'apply'],
  ])('%s', (_, spec, claim, kind) => {
    expect(decideAnew(stackOf(spec), { serviceImage: undefined, volume: claim, observed: nothingObserved }).kind).toBe(
      kind,
    );
  });
});

describe('Events on a change of status', () => {
  const ready = summarize({});
  const refused = summarize({ spec: { sise: 1 }, previous: ready, generation: 2 });
  const suspended = summarize({ spec: { suspend: true }, previous: ready, generation: 2 });
  const migrating = summarize({
    records: recordsWith({ migration: { kind: 'waiting', reason: 'Migrating', message: 'Job runs' } }),
    observed: running(componentNames, undefined),
  });
  const rolling = summarize({
    observed: { ...running(), workloads: new Map([...running().workloads, workload('service', 0)]) },
  });
  const failed = summarize({
    records: recordsWith({ migration: { kind: 'stalled', reason: 'MigrationFailed', message: 'Job failed' } }),
    observed: running(componentNames, 'Failed'),
  });

  test.each<[string, StackStatus, StackStatus, string[]]>([
    ['a new stack becomes Ready', {}, ready, ['Ready']],
    ['nothing changes', ready, ready, []],
    ['a spec is refused', ready, refused, ['PlanRefused']],
    ['a roll-out begins', ready, rolling, ['Progressing']],
    ['a roll-out goes on', rolling, rolling, []],
    ['a roll-out ends', rolling, ready, ['Ready']],
    ['a Ready stack migrates', ready, migrating, ['Progressing']],
    ['a refused spec is looked at again', refused, refused, []],
    ['a stack is suspended', ready, suspended, ['Suspended']],
    ['a stack goes on', suspended, ready, ['Resumed', 'Ready']],
    ['a migration fails', migrating, failed, ['MigrationFailed']],
    ['a migration completes with the roll-out', migrating, ready, ['Ready']],
    ['a migration completes before the roll-out', migrating, rolling, ['MigrationCompleted']],
  ])('%s', (_, before, after, reasons) => {
    expect(buildTransitions(before, after).map(({ reason }) => reason)).toEqual(reasons);
  });

  test('only what a person must look at is a Warning', () => {
    const warnings = [ready, rolling, migrating, suspended, ready].flatMap((after, index, all) =>
      buildTransitions(all[index - 1] ?? {}, after).filter(({ type }) => type === 'Warning'),
    );
    expect(warnings).toEqual([]);
    expect(buildTransitions(ready, failed)).toMatchObject([{ type: 'Warning', reason: 'MigrationFailed' }]);
  });
});
