import type { Fault } from '../fault.ts';
import { findPod, type PodChoice } from './pods.ts';

const HOLD_SECONDS = 20;

const buildFreeze = (choice: PodChoice, why: string): Fault => ({
  name: `freeze ${choice.title}`,
  family: 'frozen',
  what: `All processes of ${choice.title} are stopped (SIGSTOP) for ${HOLD_SECONDS} s, then go on (SIGCONT).`,
  why,
  holdSeconds: HOLD_SECONDS,
  inject: async (scene) => {
    await scene.nodes.signal(await findPod(scene, choice), 'STOP');
    return undefined;
  },
  heal: async (scene) => scene.nodes.signal(await findPod(scene, choice), 'CONT'),
});

/** Processes that are there and do nothing, as on a node that swaps or a disk that hangs. */
export const freezes: readonly Fault[] = [
  buildFreeze(
    { component: 'redis', index: 0, title: 'Redis' },
    'The first reads wait up to 100 ms for it; after five of them the circuit breaker opens and reads go to Postgres, until a probe every 500 ms is answered.',
  ),
  buildFreeze(
    { component: 'postgres', index: 0, title: 'Postgres' },
    'Statements get no answer: after 8 s their requests are answered 503, later ones when they have waited at a pooler for 5 s. The kernel still accepts connections, so the liveness probe does not restart it: a restart would only add crash recovery.',
  ),
  buildFreeze(
    { component: 'pgbouncer', index: 0, title: 'pooler 1' },
    'Statements that it holds get no answer and fail after 8 s. The kernel still accepts connections for it, so half of the new ones wait 7 s in vain; what is tried again reaches the other one.',
  ),
  buildFreeze(
    { component: 'service', index: 0, title: 'service pod 1' },
    'Clients that are connected to this process wait until their own timeout (10 s) and try again; the readiness probe takes it out of the endpoints after 10 to 15 s.',
  ),
];
