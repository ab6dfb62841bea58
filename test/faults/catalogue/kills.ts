import type { Component } from '../../e2e/stack.ts';
import type { Fault } from '../fault.ts';
import { EVERY_POD, findPod, type PodChoice } from './pods.ts';

/** What clients see of a killed component, and why. */
const WHY: Readonly<Record<Component, string>> = {
  redis:
    'Nothing but slower reads: the connections end at once, reads go to Postgres until the next process answers, and it starts empty.',
  pgbouncer:
    'Statements that were under way at this pooler fail, and their requests with 503. The other pooler takes all connections until the next process listens.',
  service:
    'Requests that were under way at this process end without an answer. New connections that kube-proxy still leads there are refused, until the next process is Ready or the pod is out of the endpoints.',
  postgres:
    'Everything that pages in caches do not answer gets 503 until crash recovery is over; poolers try again every second, and what waits at them for up to 5 s goes through.',
};

const buildKill = (choice: PodChoice): Fault => ({
  name: `kill ${choice.title}`,
  family: 'kill -9',
  what: `All processes of ${choice.title} are killed (SIGKILL).`,
  why: WHY[choice.component],
  inject: async (scene) => {
    await scene.nodes.signal(await findPod(scene, choice), 'KILL');
    return undefined;
  },
  // A container that crashes again within ten minutes is started late: the next fault shall not find one that did.
  restore: async (scene) => {
    const { metadata } = await findPod(scene, choice);
    await scene.namespace.kubectl(['delete', 'pod', metadata.name, '--wait=false']);
  },
});

const KILL_SESSIONS = `
export PGPASSWORD=$POSTGRES_PASSWORD
kill -9 $(psql -X -h 127.0.0.1 -U postgres -d postgres -Atc "select pid from pg_stat_activity where usename like 'chatstack%'")`;

/** The sessions of Postgres alone: they take all others down with them, since they may have left shared memory in disorder. */
const killSessions: Fault = {
  name: 'kill the sessions of Postgres',
  family: 'kill -9',
  what: 'The sessions of Postgres are killed, its first process is not (as the kernel does when memory is short).',
  why: 'Postgres ends what is left and recovers by itself within the same container, which is faster than a restart of the pod.',
  inject: async (scene) => {
    const pod = await findPod(scene, { component: 'postgres', index: 0 });
    await scene.namespace.exec(pod.metadata.name, ['sh', '-euc', KILL_SESSIONS]);
    return undefined;
  },
};

/** Kills without a word. */
export const kills: readonly Fault[] = [...EVERY_POD.map(buildKill), killSessions];
