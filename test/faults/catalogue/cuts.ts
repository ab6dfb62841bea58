import type { Component } from '../../e2e/stack.ts';
import { waitForReady } from '../../e2e/stack.ts';
import type { Fault } from '../fault.ts';
import type { Scene } from '../scene.ts';
import { findPod } from './pods.ts';

const HOLD_SECONDS = 20;
const POLICY = 'chatstack-faults-cut';

/** An edge of the stack: who calls, who is called, and how the called one is made to end the connections that it has. */
type Edge = { readonly from: 'service' | 'pgbouncer'; readonly to: Component; readonly endConnections: string };

/** Lets everybody but one component reach another one. Policies only ever add up, so those of the stack are off meanwhile. */
const buildPolicy = ({ from, to }: Edge, instance: string): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: POLICY },
  spec: {
    policyTypes: ['Ingress'],
    podSelector: { matchLabels: { 'app.kubernetes.io/instance': instance, 'app.kubernetes.io/component': to } },
    ingress: [
      {
        from: [
          {
            podSelector: {
              matchExpressions: [{ key: 'app.kubernetes.io/component', operator: 'NotIn', values: [from] }],
            },
          },
        ],
      },
    ],
  },
});

/** Plugins forbid new connections and let go on those that are there, so these are ended once no new one comes through. */
const ENDINGS = {
  redis: `program=$(command -v redis-cli || command -v valkey-cli); $program client kill type pubsub; $program client kill type normal skipme yes`,
  postgres: `PGPASSWORD=$POSTGRES_PASSWORD psql -X -h 127.0.0.1 -U postgres -d postgres -Atc "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename ~ '^(chatstack|pgbouncer_auth)'"`,
};

/** Tries to connect until nothing answers any more. The image of the service has no shell. */
const AWAIT_BLOCKED: Readonly<Record<Edge['from'], (address: string) => string[]>> = {
  service: (address) => [
    'node',
    '-e',
    `const tryIt = () => {
      const socket = require('net').connect(6379, '${address}');
      socket.setTimeout(1000, () => process.exit(0));
      socket.on('error', () => process.exit(0));
      socket.on('connect', () => { socket.destroy(); setTimeout(tryIt, 200); });
    };
    tryIt();`,
  ],
  pgbouncer: (address) => ['sh', '-c', `while pg_isready -q -t 1 -h ${address}; do sleep 0.2; done`],
};

const setPolicies = async ({ namespace, place }: Scene, enabled: boolean) => {
  await namespace.patch('chatstack', place.stackName, { spec: { networkPolicies: { enabled } } });
  await waitForReady(place);
};

const buildCut = (edge: Edge, title: string, why: string): Fault => ({
  name: `cut ${title}`,
  family: 'cut off',
  what: `A NetworkPolicy cuts ${title} for ${HOLD_SECONDS} s; connections that exist are ended, new ones get no answer.`,
  why,
  holdSeconds: HOLD_SECONDS,
  prepare: (scene) => setPolicies(scene, false),
  inject: async (scene) => {
    await scene.namespace.apply(buildPolicy(edge, scene.place.stackName));
    const { stackName } = scene.place;
    await scene.namespace.exec(`deploy/${stackName}-${edge.from}`, AWAIT_BLOCKED[edge.from](`${stackName}-${edge.to}`));
    const { metadata } = await findPod(scene, { component: edge.to, index: 0 });
    await scene.namespace.exec(metadata.name, ['sh', '-c', edge.endConnections]);
    return undefined;
  },
  heal: async ({ namespace }) =>
    void (await namespace.kubectl(['delete', 'networkpolicy', POLICY, '--ignore-not-found'])),
  restore: (scene) => setPolicies(scene, true),
});

/** Edges of the stack that lead nowhere for a while. */
export const cuts: readonly Fault[] = [
  buildCut(
    { from: 'service', to: 'redis', endConnections: ENDINGS.redis },
    'service ↔ Redis',
    'Reads go to Postgres; replicas tell each other of news through Postgres, about two seconds later. Once Redis is reached again caches fill by themselves.',
  ),
  buildCut(
    { from: 'pgbouncer', to: 'postgres', endConnections: ENDINGS.postgres },
    'poolers ↔ Postgres',
    'What no cache answers waits at the poolers for up to 5 s and gets 503. Poolers try again every second, so the first statements after the cut go through.',
  ),
];
