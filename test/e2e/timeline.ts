import type { KubernetesObject } from './kubectl.ts';
import type { WatchEvent } from './watch.ts';

/** When a pod passed each stage, in seconds after the start; absent when it did not. */
export type PodTimes = {
  pod: string;
  created: number;
  scheduled?: number;
  started?: number;
  ready?: number;
  ended?: number;
};

/** Builds the life of every pod from what a watch saw: first sight of each stage, at the clock of the watcher. */
export function buildTimeline(events: WatchEvent[], startedAt: number): PodTimes[] {
  const pods = new Map<string, PodTimes>();
  for (const { object, seenAt } of events) {
    const seconds = (seenAt - startedAt) / 1000;
    const times = pods.get(object.metadata.uid) ?? { pod: object.metadata.name, created: seconds };
    pods.set(object.metadata.uid, times);
    if (isTrue(object, 'PodScheduled')) times.scheduled ??= seconds;
    if (hasStarted(object)) times.started ??= seconds;
    if (isTrue(object, 'Ready')) times.ready ??= seconds;
    if (object.status?.phase === 'Succeeded') times.ended ??= seconds;
  }
  return [...pods.values()].sort((a, b) => a.created - b.created);
}

/** The timeline as lines for the terminal: one pod a line, seconds after the start. */
export function formatTimeline(pods: PodTimes[]): string {
  const width = Math.max(3, ...pods.map(({ pod }) => pod.length));
  const seconds = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(1)).padStart(9);
  const header = `${'pod'.padEnd(width)}${['created', 'scheduled', 'running', 'ready', 'ended'].map((stage) => stage.padStart(10)).join('')}`;
  const lines = pods.map(({ pod, created, scheduled, started, ready, ended }) =>
    [pod.padEnd(width), ...[created, scheduled, started, ready, ended].map(seconds)].join(' '),
  );
  return [header, ...lines].join('\n');
}

function isTrue(pod: KubernetesObject, type: string): boolean {
  const conditions = (pod.status?.conditions ?? []) as { type: string; status: string }[];
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}

function hasStarted(pod: KubernetesObject): boolean {
  const containers = (pod.status?.containerStatuses ?? []) as { state?: { running?: object; terminated?: object } }[];
  return containers.length > 0 && containers.every(({ state }) => state?.running || state?.terminated);
}
