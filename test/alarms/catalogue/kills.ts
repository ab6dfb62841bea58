import { setTimeout as elapse } from 'node:timers/promises';
import { type Component, podsOf } from '../../e2e/stack.ts';
import { findPod } from '../../faults/catalogue/pods.ts';
import type { Scene } from '../../faults/scene.ts';
import type { Alarm } from '../alarm.ts';

/** How often processes are looked for that came back, in milliseconds. */
const LOOK_MS = 500;

type Killed = Component | 'exporters';

/** Kills what runs in the pods of a component as often as it is started again, so that it is as good as gone. */
async function keepKilling(scene: Scene, component: Killed, pattern: string, ended: AbortSignal): Promise<void> {
  const kill = async () => {
    for (const pod of await podsOf(scene.place, component)) {
      // Between two starts there is nothing to kill.
      await scene.nodes.signal(pod, 'KILL', pattern).catch(() => undefined);
    }
  };
  await kill();
  void (async () => {
    while (!ended.aborted) {
      await elapse(LOOK_MS);
      await kill().catch(() => undefined);
    }
  })();
}

/** What crashed often is started late: other pods start at once. */
async function replacePods({ namespace, place }: Scene, component: Killed): Promise<void> {
  const pods = await podsOf(place, component);
  await namespace.kubectl(['delete', 'pod', ...pods.map(({ metadata }) => metadata.name), '--wait=false']);
}

type Kill = Pick<Alarm, 'name' | 'what' | 'stack' | 'expects'> & { component: Killed; pattern?: string };

const buildKill = ({ component, pattern = '*', ...alarm }: Kill): Alarm => ({
  ...alarm,
  begin: (scene, ended) => keepKilling(scene, component, pattern, ended),
  end: (scene) => replacePods(scene, component),
});

const buildStop = (component: Component, alarm: Pick<Alarm, 'name' | 'what' | 'stack' | 'expects'>): Alarm => ({
  ...alarm,
  begin: async (scene) => scene.nodes.signal(await findPod(scene, { component, index: 0 }), 'STOP'),
  end: async (scene) => scene.nodes.signal(await findPod(scene, { component, index: 0 }), 'CONT'),
});

const STOPPED = 'connections are accepted by the kernel, and nothing answers, as where a disk hangs';

const exporterKilled = buildKill({
  name: 'exporter killed',
  stack: 'first',
  what: 'The exporter of Redis is killed (SIGKILL) as often as it starts.',
  component: 'exporters',
  pattern: 'redis_exporter',
  expects: [{ alert: 'ChatStackTargetDown', severity: 'warning' }],
});

const processorTaken: Alarm = {
  name: 'processor taken away',
  what: 'Both processes of the service get no processor for half of each second (SIGSTOP, SIGCONT), as on a node that others use up.',
  stack: 'seventh',
  lane: 'processor',
  expects: [{ alert: 'ChatStackEventLoopSlow', severity: 'warning' }],
  begin: async ({ nodes, place }, ended) => {
    for (const pod of await podsOf(place, 'service')) {
      const end = await nodes.slow(pod);
      ended.addEventListener('abort', () => void end());
    }
  },
};

/** Processes that are not there, or do nothing. */
export const kills: readonly Alarm[] = [
  buildKill({
    name: 'Redis killed',
    stack: 'first',
    what: 'Redis is killed (SIGKILL) as often as it starts.',
    component: 'redis',
    expects: [
      { alert: 'ChatStackRedisDown', severity: 'warning' },
      { alert: 'ChatStackRedisUnavailable', severity: 'warning' },
      { alert: 'ChatStackCrashLoop', severity: 'warning' },
    ],
  }),
  buildKill({
    name: 'poolers killed',
    stack: 'first',
    what: 'Both poolers are killed (SIGKILL) as often as they start; their exporters run on.',
    component: 'pgbouncer',
    pattern: 'pgbouncer',
    expects: [
      { alert: 'ChatStackPoolerDown', severity: 'critical' },
      { alert: 'ChatStackErrorBudgetBurn', severity: 'critical', window: '1h' },
    ],
  }),
  buildKill({
    name: 'Postgres killed',
    stack: 'first',
    what: 'Postgres is killed (SIGKILL) as often as it starts.',
    component: 'postgres',
    expects: [{ alert: 'ChatStackPostgresDown', severity: 'critical' }],
  }),
  buildKill({
    name: 'service killed',
    stack: 'first',
    what: 'Both processes of the service are killed (SIGKILL) as often as they start.',
    component: 'service',
    expects: [{ alert: 'ChatStackServiceDown', severity: 'critical' }],
  }),
  buildStop('postgres', {
    name: 'Postgres stopped',
    what: `All processes of Postgres are stopped (SIGSTOP): ${STOPPED}.`,
    stack: 'first',
    expects: [{ alert: 'ChatStackPostgresDown', severity: 'critical' }],
  }),
  buildStop('redis', {
    name: 'Redis stopped',
    what: `Redis is stopped (SIGSTOP): ${STOPPED}.`,
    stack: 'first',
    expects: [
      { alert: 'ChatStackRedisDown', severity: 'warning' },
      { alert: 'ChatStackRedisUnavailable', severity: 'warning' },
    ],
  }),
  exporterKilled,
  processorTaken,
];
