import { connect } from 'node:net';
import { setTimeout as elapse } from 'node:timers/promises';
import { findPod } from '../../faults/catalogue/pods.ts';
import type { Alarm } from '../alarm.ts';
import { IDLE, keepSessions } from '../sessions.ts';

/** Beside those of the service: more than four fifths of the hundred that the poolers of this stack take. */
const IDLE_CLIENTS = 85;

const clientsAtLimit: Alarm = {
  name: 'clients near the limit',
  what: `${IDLE_CLIENTS} clients that do nothing are connected to a pooler that takes 100.`,
  stack: 'sixth',
  lane: 'connections',
  expects: [{ alert: 'ChatStackPoolerClientLimit', severity: 'critical' }],
  begin: async (scene, ended) => {
    const { metadata } = await findPod(scene, { component: 'pgbouncer', index: 0 });
    const clients = new Array<string>(IDLE_CLIENTS).fill(IDLE);
    await keepSessions(scene, { pod: metadata.name, port: 6432 }, clients, ended);
  },
};

/** More than a Postgres of size small takes. */
const SESSIONS = 100;

const sessionsByHand: Alarm = {
  name: 'sessions by hand',
  what: 'Sessions that do nothing are opened at Postgres until it refuses any more; those that are refused try again.',
  stack: 'sixth',
  lane: 'connections',
  expects: [{ alert: 'ChatStackPostgresConnectionsHigh', severity: 'critical' }],
  begin: async (scene, ended) => {
    const { metadata } = await findPod(scene, { component: 'postgres', index: 0 });
    const sessions = new Array<string>(SESSIONS).fill(IDLE);
    await keepSessions(scene, { pod: metadata.name, port: 5432 }, sessions, ended);
  },
};

/** Two sessions take the same two locks, each the other one first. */
const takeBoth = (one: number, other: number) =>
  `begin; select pg_advisory_xact_lock(${one}); select pg_sleep(0.5); select pg_advisory_xact_lock(${other}); commit`;

const deadlocks: Alarm = {
  name: 'deadlocks',
  what: 'Two sessions take the same two locks again and again, each the other one first.',
  stack: 'sixth',
  lane: 'others',
  expects: [{ alert: 'ChatStackPostgresDeadlocks', severity: 'warning' }],
  begin: async (scene, ended) => {
    const { metadata } = await findPod(scene, { component: 'postgres', index: 0 });
    await keepSessions(scene, { pod: metadata.name, port: 5432 }, [takeBoth(1, 2), takeBoth(2, 1)], ended);
  },
};

/** Of the 4000 clients that a managed Redis takes; above four fifths of them the alert fires. */
const REDIS_CLIENTS = 3_600;
const CONNECTED_PER_SECOND = 100;

const redisNearlyFull: Alarm = {
  name: 'clients of Redis stay',
  what: `${CONNECTED_PER_SECOND} clients a second connect to Redis and stay, until ${REDIS_CLIENTS} of the 4000 that it takes are there.`,
  stack: 'sixth',
  lane: 'others',
  expects: [{ alert: 'ChatStackRedisConnectionsRejected', severity: 'warning' }],
  begin: async (scene, ended) => {
    const { status } = await findPod(scene, { component: 'redis', index: 0 });
    void (async () => {
      for (let client = 0; client < REDIS_CLIENTS && !ended.aborted; client += 1) {
        keepConnected(String(status.podIP), 6379, ended);
        await elapse(1000 / CONNECTED_PER_SECOND);
      }
    })();
  },
};

/** A connection over which nothing is said. */
function keepConnected(host: string, port: number, ended: AbortSignal): void {
  const socket = connect({ host, port });
  socket.on('error', () => undefined); // the metrics tell whether enough are there
  socket.resume();
  ended.addEventListener('abort', () => socket.destroy());
}

/** More sessions than there should be, and sessions that are in each other's way. */
export const connections: readonly Alarm[] = [clientsAtLimit, sessionsByHand, deadlocks, redisNearlyFull];
