import type { Component } from '../../e2e/stack.ts';
import type { Fault } from '../fault.ts';
import { EVERY_POD, findPod, type PodChoice } from './pods.ts';

type Way = 'delete' | 'delete by force';

const ARGUMENTS: Readonly<Record<Way, readonly string[]>> = {
  delete: ['--wait=false'],
  'delete by force': ['--grace-period=0', '--force', '--wait=false'],
};

const WHY: Readonly<Record<Way, Readonly<Record<Component, string>>>> = {
  delete: {
    redis: 'Reads go to Postgres until the next Redis is there. A deleted pod gets its successor once it has ended.',
    pgbouncer:
      'No error: the pooler serves on while its address is forgotten, then lets transactions end. Its successor is made at once.',
    service:
      'No error: the process says that it is not ready, answers on for 5 s, tells clients to close their connections and ends when all are answered.',
    postgres:
      'A fast shutdown, then a new pod on the same volume: 503 for what no cache answers, from the shutdown until the new process accepts connections.',
  },
  'delete by force': {
    redis: 'As with kill -9; the successor is another pod, with another address, which the Service takes over.',
    pgbouncer: 'As with kill -9; a new pod takes its place.',
    service: 'As with kill -9; its address leaves the endpoints at once, so hardly any connection is refused.',
    postgres: 'As with kill -9, and a new pod has to be scheduled and to mount the volume.',
  },
};

const buildDeletion = (way: Way, choice: PodChoice): Fault => ({
  name: `${way} ${choice.title}`,
  family: 'delete',
  what: `The pod of ${choice.title} is deleted${way === 'delete' ? '' : ' without a grace period'}.`,
  why: WHY[way][choice.component],
  ...(way === 'delete' && (choice.component === 'service' || choice.component === 'pgbouncer')
    ? { isSeamless: true }
    : {}),
  inject: async (scene) => {
    const { metadata } = await findPod(scene, choice);
    await scene.namespace.kubectl(['delete', 'pod', metadata.name, ...ARGUMENTS[way]]);
    return undefined;
  },
});

/** Each pod deleted as `kubectl drain` does, then by force. */
export const deletions: readonly Fault[] = EVERY_POD.flatMap((choice) => [
  buildDeletion('delete', choice),
  buildDeletion('delete by force', choice),
]);
