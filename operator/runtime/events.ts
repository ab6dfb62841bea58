import { isNamespaceGoing, isNotFound } from './api-error.ts';
import { type Clock, systemClock } from './clock.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { type Log, silentLog } from './log.ts';
import { type KubernetesObject, keyOf } from './object.ts';
import { builtIn } from './resource.ts';

/** Tells people what was done to an object (kubectl describe). Never throws, never waits. */
export interface EventRecorder {
  /**
   * `reason` is CamelCase and stable; `message` is for people. A repetition of the same event is counted and written
   * ever more rarely, as a series.
   */
  record(regarding: KubernetesObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Resolves when what was recorded so far is sent or given up. */
  flush(): Promise<void>;
}

/** What a recorder works with. */
export interface EventRecorderOptions {
  client: Pick<KubernetesClient, 'create' | 'patch'>;
  /** reportingController, such as `example.dev/operator`. */
  controller: string;
  /** reportingInstance: the pod's name. */
  instance: string;
  clock?: Clock;
  log?: Log;
}

/** A repetition is written after a minute at the earliest, the next one after two … up to an hour. */
const firstInterval = 60_000;
const longestInterval = 3_600_000;
/** An event that was not repeated for this long is a new one; the API server keeps events for an hour. */
const seriesMilliseconds = 3_600_000;
/** client-go's limit per object: 25 events at once, then one in five minutes. */
const burst = 25;
const refillMilliseconds = 300_000;
/** From this many remembered events and objects on, old ones are forgotten. */
const longestMemory = 5_000;
const longestNote = 1_000;

interface Series {
  name: string;
  count: number;
  lastSeen: number;
  lastWritten: number;
  interval: number;
}

/** Builds a recorder. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, controller, instance, clock = systemClock, log = silentLog } = options;
  const known = new Map<string, Series>();
  const allowance = new Map<string, { tokens: number; at: number }>();
  let sent: Promise<unknown> = Promise.resolve();
  let serial = 0;

  /** Events go out one after another, so that a series never overtakes its beginning. */
  function send(work: () => Promise<unknown>): void {
    sent = sent.then(work).catch((error: unknown) => {
      // Nobody will read Events of a namespace that goes.
      if (!isNamespaceGoing(error)) log.warn({ error }, 'an Event was not recorded');
    });
  }

  function mayStart(uid: string, now: number): boolean {
    const { tokens, at } = allowance.get(uid) ?? { tokens: burst, at: now };
    const refilled = Math.min(burst, tokens + (now - at) / refillMilliseconds);
    allowance.delete(uid);
    allowance.set(uid, { tokens: refilled >= 1 ? refilled - 1 : refilled, at: now });
    return refilled >= 1;
  }

  function create(regarding: KubernetesObject, name: string, now: number, fields: object): Promise<unknown> {
    const { namespace } = keyOf(regarding);
    return client.create(builtIn.event, {
      apiVersion: builtIn.event.apiVersion,
      kind: builtIn.event.kind,
      metadata: { name, namespace: namespace || 'default' },
      eventTime: formatMicroTime(now),
      reportingController: controller,
      reportingInstance: instance,
      action: 'Reconcile',
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name: regarding.metadata.name,
        ...(namespace && { namespace }),
        uid: regarding.metadata.uid,
      },
      ...fields,
    });
  }

  return {
    record(regarding, type, reason, message) {
      const now = clock.now();
      const { name, uid = '' } = regarding.metadata;
      const note = message.length > longestNote ? `${message.slice(0, longestNote - 1)}…` : message;
      const key = JSON.stringify([uid, type, reason, note]);
      const series = known.get(key);
      if (series === undefined || now - series.lastSeen > seriesMilliseconds) {
        if (!mayStart(uid, now)) {
          log.debug({ reason, note }, 'an Event was left out: too many for one object');
          return;
        }
        serial += 1;
        const event = `${name.slice(0, 200)}.${now.toString(16)}${serial.toString(16)}`;
        known.delete(key);
        known.set(key, { name: event, count: 1, lastSeen: now, lastWritten: now, interval: firstInterval });
        forgetOldest(known);
        forgetOldest(allowance);
        send(() => create(regarding, event, now, { type, reason, note }));
        return;
      }
      series.count += 1;
      series.lastSeen = now;
      if (now - series.lastWritten < series.interval) {
        return;
      }
      series.lastWritten = now;
      series.interval = Math.min(longestInterval, series.interval * 2);
      const counted = { series: { count: series.count, lastObservedTime: formatMicroTime(now) } };
      const at = { namespace: keyOf(regarding).namespace || 'default', name: series.name };
      send(() =>
        client.patch(builtIn.event, at, counted).catch((error: unknown) => {
          if (!isNotFound(error)) {
            throw error;
          }
          return create(regarding, series.name, now, { type, reason, note, ...counted });
        }),
      );
    },
    async flush() {
      await sent;
    },
  };
}

/** Kubernetes' MicroTime: a plain Date has three digits and is refused. */
export function formatMicroTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}

function forgetOldest(memory: Map<string, unknown>): void {
  const oldest = memory.keys().next();
  if (memory.size > longestMemory && !oldest.done) {
    memory.delete(oldest.value);
  }
}
