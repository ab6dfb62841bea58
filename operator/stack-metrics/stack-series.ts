import type { PoolState } from '../pgbouncer-admin/admin-console.ts';
import type { ObjectKey } from '../runtime/object.ts';
import type { RestartTally } from './restart-tally.ts';
import type { StackFacts } from './stack-facts.ts';

/** What one pooler was doing when it was last asked, over all of its pools. */
export interface PoolReading {
  readonly maxWaitSeconds: number;
  readonly waitingClients: number;
  readonly activeClients: number;
  readonly activeServers: number;
  readonly idleServers: number;
}

/** Everything that is shown of one stack. */
export interface KnownStack {
  readonly uid: string;
  readonly key: ObjectKey;
  readonly facts: StackFacts;
  readonly restarts: RestartTally;
  /** By the pod's name; only poolers that answered. */
  readonly pools: ReadonlyMap<string, PoolReading>;
  /** Times that a pooler didn't answer. */
  readonly failures: number;
}

/** A number, and the values of the metric's own labels in their order. */
type Point = readonly [value: number, ...labels: string[]];

/** A metric of stacks. */
export interface StackDefinition {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  /** Labels beside `namespace` and `stack`. */
  readonly labels?: readonly string[];
  readonly read: (stack: KnownStack) => Iterable<Point>;
}

/** Sums up the pools of one pooler. One that has none, since nobody has connected lately, has nobody who waits. */
export function readPools(pools: readonly PoolState[]): PoolReading {
  const sum = (read: (pool: PoolState) => number) => pools.reduce((total, each) => total + read(each), 0);
  return {
    maxWaitSeconds: Math.max(0, ...pools.map((each) => each.longestWaitMilliseconds)) / 1000,
    waitingClients: sum((each) => each.waitingClients),
    activeClients: sum((each) => each.activeClients),
    activeServers: sum((each) => each.activeServers),
    idleServers: sum((each) => each.idleServers),
  };
}

const ofPools = (name: string, help: string, read: (reading: PoolReading) => number): StackDefinition => ({
  name,
  type: 'gauge',
  help,
  labels: ['pod'],
  read: ({ pools }) => [...pools].map(([pod, reading]) => [read(reading), pod]),
});

const ofPlannedPool = (name: string, help: string, size: 'size' | 'reserve' | 'min'): StackDefinition => ({
  name,
  type: 'gauge',
  help,
  read: ({ facts: { pool } }) => (pool ? [[pool[size]]] : []),
});

const ofBudget = (name: string, help: string, term: 'connections' | 'limit' | 'headroom'): StackDefinition => ({
  name,
  type: 'gauge',
  help,
  labels: ['layer'],
  read: ({ facts }) => facts.budgets.map((each) => [each[term], each.layer]),
});

const ofReplicas = (name: string, help: string, count: 'ready' | 'wanted'): StackDefinition => ({
  name,
  type: 'gauge',
  help,
  labels: ['component'],
  read: ({ facts }) => facts.replicas.map((each) => [each[count], each.component]),
});

const ofBackup = (name: string, help: string, what: 'lastSuccess' | 'scheduleSeconds'): StackDefinition => ({
  name,
  type: 'gauge',
  help,
  read({ facts: { backup } }) {
    const value = backup?.[what];
    return value === undefined ? [] : [[value]];
  },
});

/** Every metric of stacks, in the order in which they are described. */
export const stackDefinitions: readonly StackDefinition[] = [
  {
    name: 'chatstack_condition',
    type: 'gauge',
    help: 'Conditions of the ChatStack: 1 when True, 0 when False or Unknown. The reason is that of the moment.',
    labels: ['type', 'reason'],
    read: ({ facts }) => facts.conditions.map(({ type, reason, isTrue }) => [isTrue ? 1 : 0, type, reason]),
  },
  {
    name: 'chatstack_condition_since_timestamp_seconds',
    type: 'gauge',
    help: 'When the status of the condition last changed.',
    labels: ['type'],
    read: ({ facts }) => facts.conditions.map(({ type, since }) => [since, type]),
  },
  ofReplicas('chatstack_component_ready_replicas', 'Pods of the component that are ready.', 'ready'),
  ofReplicas('chatstack_component_wanted_replicas', 'Pods of the component that there should be.', 'wanted'),
  {
    name: 'chatstack_component_restarts_total',
    type: 'counter',
    help: 'Restarts of containers of the component, since this process began to watch the stack.',
    labels: ['component'],
    read: ({ restarts }) => [...restarts.totals].map(([component, count]) => [count, component]),
  },
  {
    name: 'chatstack_volume_size_bytes',
    type: 'gauge',
    help: 'Size of the volume of the component. How full it is, the kubelet knows alone.',
    labels: ['component'],
    read: ({ facts }) => facts.volumes.map(({ component, bytes }) => [bytes, component]),
  },
  ofPools(
    'chatstack_pool_max_wait_seconds',
    'How long the first client in the queue has waited for a server.',
    (each) => each.maxWaitSeconds,
  ),
  ofPools('chatstack_pool_waiting_clients', 'Clients that wait for a server.', (each) => each.waitingClients),
  ofPools(
    'chatstack_pool_active_clients',
    'Clients that have a server, or need none at the moment.',
    (each) => each.activeClients,
  ),
  ofPools('chatstack_pool_active_servers', 'Connections to Postgres that a client has.', (each) => each.activeServers),
  ofPools('chatstack_pool_idle_servers', 'Connections to Postgres that wait for a client.', (each) => each.idleServers),
  {
    name: 'chatstack_pool_scrape_failures_total',
    type: 'counter',
    help: 'Times that the admin console of a pooler that was ready did not answer; its pool is not shown then.',
    read: ({ facts, failures }) => (facts.pool ? [[failures]] : []),
  },
  ofPlannedPool('chatstack_pool_size_connections', 'Connections of one pooler to Postgres, as planned.', 'size'),
  ofPlannedPool(
    'chatstack_pool_reserve_connections',
    'Further ones of one pooler when clients wait, as planned.',
    'reserve',
  ),
  ofPlannedPool('chatstack_pool_min_connections', 'Those it keeps open while it has clients, as planned.', 'min'),
  ofBudget('chatstack_budget_connections', 'Connections that there may be at most, as planned.', 'connections'),
  ofBudget(
    'chatstack_budget_limit_connections',
    'Connections that Postgres takes, or clients that the poolers may be planned with.',
    'limit',
  ),
  ofBudget('chatstack_budget_headroom_connections', 'What is left of the limit.', 'headroom'),
  ofBackup('chatstack_backup_last_success_timestamp_seconds', 'When the newest backup was complete.', 'lastSuccess'),
  ofBackup(
    'chatstack_backup_schedule_seconds',
    'The longest time between two backups by their schedule.',
    'scheduleSeconds',
  ),
  {
    name: 'chatstack_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the certificate in the Secret ends. It is renewed before that (spec.tls.renewBefore).',
    labels: ['certificate'],
    read: ({ facts }) => facts.certificates.map(({ secret, expiry }) => [expiry, secret]),
  },
];
