import { expect, test } from '@jest/globals';
import type { KubernetesObject } from './kubectl.ts';
import { buildTimeline, formatTimeline } from './timeline.ts';
import type { WatchEvent } from './watch.ts';

const event = (name: string, seenAt: number, status: object): WatchEvent => ({
  type: 'MODIFIED',
  seenAt,
  object: { metadata: { name, uid: name }, status } as KubernetesObject,
});
const condition = (type: string) => ({ type, status: 'True' });

test('each stage counts from its first sight', () => {
  const scheduled = { conditions: [condition('PodScheduled')] };
  const running = { ...scheduled, containerStatuses: [{ state: { running: {} } }] };
  const ready = { ...running, conditions: [condition('PodScheduled'), condition('Ready')] };
  const events = [
    event('redis', 2_000, {}),
    event('postgres', 1_500, {}),
    event('postgres', 1_600, scheduled),
    event('postgres', 3_000, running),
    event('postgres', 4_250, ready),
    event('postgres', 9_000, ready),
    event('migrate', 5_000, { phase: 'Succeeded' }),
  ];
  const timeline = buildTimeline(events, 1_000);
  expect(timeline).toEqual([
    { pod: 'postgres', created: 0.5, scheduled: 0.6, started: 2, ready: 3.25 },
    { pod: 'redis', created: 1 },
    { pod: 'migrate', created: 4, ended: 4 },
  ]);
  expect(formatTimeline(timeline).split('\n')[1]).toMatch(/^postgres +0\.5 +0\.6 +2\.0 +3\.3 +–$/);
});
