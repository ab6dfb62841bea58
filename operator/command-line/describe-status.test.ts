import { describe, expect, test } from '@jest/globals';
import type { StackStatus } from '../status/stack-status.ts';
import { describeStatus } from './describe-status.ts';
import type { StackView } from './observe-status.ts';

const now = Date.parse('2026-01-02T00:00:00Z');
const earlier = '2026-01-01T00:00:00Z';
const display = { columns: 80, isTerminal: true, colours: false };

const viewOf = (status: StackStatus, more: Partial<StackView> = {}): StackView => ({
  stack: {
    apiVersion: 'chatstack.dev/v1alpha1',
    kind: 'ChatStack',
    metadata: { name: 'acme', namespace: 'chat', generation: 2, creationTimestamp: earlier },
    spec: {},
    status: { observedGeneration: 2, ...status },
  },
  pods: [],
  claims: [],
  poolers: new Map(),
  events: [],
  ...more,
});

const poolerPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', creationTimestamp: earlier, labels: { 'app.kubernetes.io/component': 'pgbouncer' } },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ restartCount: 3 }],
  },
};
const pgbouncer = { name: 'pgbouncer', ready: 1, desired: 2 };

describe('a stack as a tree', () => {
  test('a condition that is not as it should be is shown with its whole message, within the columns', () => {
    const message = `expected a password ${'that opens the database '.repeat(8)}found none. Set it.`;
    const condition = {
      type: 'Ready',
      status: 'False' as const,
      reason: 'Stalled',
      message,
      lastTransitionTime: earlier,
    };
    const text = describeStatus(viewOf({ conditions: [condition] }), display, now);
    expect(text).toMatch(/not Ready: Stalled[\s\S]*Ready=False Stalled, since 24h/);
    expect(text.replaceAll(/[^a-zA-Z.]+/g, ' ')).toContain('found none. Set it.');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('clients that wait in a pool are counted, with how long the first has waited', () => {
    const pool = {
      database: 'chat',
      user: 'chatstack',
      activeClients: 1,
      waitingClients: 7,
      activeServers: 10,
      idleServers: 0,
      longestWaitMilliseconds: 1250,
    };
    const poolers = new Map([['p', { kind: 'answered', pools: [pool] } as const]]);
    const text = describeStatus(viewOf({ components: [pgbouncer] }, { pods: [poolerPod], poolers }), display, now);
    expect(text).toMatch(/pgbouncer 1\/2/);
    expect(text).toMatch(/p ready 24h, 3 restarts/);
    expect(text).toMatch(/chatstack: 1 active, 7 waiting \(first 1250 ms\); 10 of 10 servers busy/);
  });

  test('an operator that has not seen the newest spec is pointed at', () => {
    expect(describeStatus(viewOf({ observedGeneration: 1 }), display, now)).toMatch(
      /Does it run\? See: chatstack doctor/,
    );
  });

  test('a backup that failed since the newest is told, one before it is not', () => {
    const lastSuccess = { id: 'b1', at: '2026-01-01T12:00:00Z', bytes: 1, rows: 5, seconds: 1 };
    const failed = (at: string) =>
      describeStatus(
        viewOf({ backup: { schedule: '0 3 * * *', lastSuccess, lastFailure: { at, message: 'no room' } } }),
        display,
        now,
      );
    expect(failed('2026-01-01T18:00:00Z')).toMatch(/the newest b1, 12h old, 5 rows[\s\S]*failed 6h ago: no room/);
    expect(failed('2026-01-01T06:00:00Z')).not.toMatch(/failed/);
  });

  test('passwords are told of where they are rotated, and why a rotation waits', () => {
    const shown = (credentials: NonNullable<StackStatus['credentials']>) =>
      describeStatus(viewOf({ credentials }), display, now);
    expect(shown({ phase: 'Current', message: 'nothing goes on' })).not.toMatch(/passwords/);
    const lastRotation = '2026-01-01T12:00:00Z';
    expect(shown({ phase: 'Current', message: 'nothing goes on', lastRotation })).toMatch(
      /passwords rotated 12h ago\n/,
    );
    const waiting = {
      phase: 'Waiting' as const,
      message: 'it begins when service has rolled out',
      nextRotation: lastRotation,
    };
    expect(shown(waiting)).toMatch(/passwords Waiting, due in 0s[\s\S]*begins when service has rolled out/);
  });

  test('colours are only made for a display that shows them', () => {
    const ready = { type: 'Ready', status: 'True' as const, reason: 'R', message: 'm', lastTransitionTime: earlier };
    const view = viewOf({ conditions: [ready] });
    expect(describeStatus(view, display, now)).not.toContain('\u001b');
    expect(describeStatus(view, { ...display, colours: true }, now)).toContain('\u001b[32mReady\u001b[0m');
  });
});
