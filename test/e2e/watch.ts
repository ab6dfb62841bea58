import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as elapse } from 'node:timers/promises';
import { createJsonSplitter } from './json-stream.ts';
import type { KubernetesObject, Namespace } from './kubectl.ts';

/** What is watched: one kind in one namespace, narrowed by name or labels. */
export type WatchTarget = { namespace: Namespace; resource: string; name?: string; selector?: string };

/** One change, with the time at which it was seen (milliseconds of the epoch). */
export type WatchEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubernetesObject; seenAt: number };

/** A watch that runs until it is stopped. */
export type Watch = { stop: () => Promise<void> };

/** Tells every change of the target, the objects that exist first, until kubectl or the caller ends it. */
export function watchObjects(target: WatchTarget, onEvent: (event: WatchEvent) => void): Watch {
  const child = spawn('kubectl', [...argsOf(target), '--watch', '--output-watch-events'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const split = createJsonSplitter();
  let stopped = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const event of split(text) as WatchEvent[]) if (!stopped) onEvent({ ...event, seenAt: Date.now() });
  });
  return {
    async stop() {
      stopped = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      child.kill();
      await closed;
    },
  };
}

/**
 * How often the objects are read though no change was told, in milliseconds: what happens between a read and the start of
 * a watch is told by neither, and a watch may end.
 */
const RESYNC_MS = 2_000;

/** How long something may take to become so, in seconds: several times what a slow machine needs, as it only tells a hang. */
export const PATIENCE_SECONDS = 180;

/**
 * Waits until the objects of the target are as `holds` says; returns them. Every change makes it look again. Throws after
 * `timeoutSeconds`, saying what was waited for and what the objects were last.
 */
export async function waitUntil(
  what: string,
  target: WatchTarget,
  holds: (objects: KubernetesObject[]) => boolean,
  timeoutSeconds = PATIENCE_SECONDS,
): Promise<KubernetesObject[]> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  let changed = Promise.withResolvers<void>();
  const watch = watchObjects(target, () => changed.resolve());
  try {
    for (;;) {
      changed = Promise.withResolvers<void>();
      const { stdout } = await target.namespace.kubectl(argsOf(target).slice(2));
      const { items } = JSON.parse(stdout) as { items: KubernetesObject[] };
      if (holds(items)) return items;
      if (Date.now() > deadline) {
        throw new Error(`expected ${what} within ${timeoutSeconds} s; last seen:\n  ${describe(items)}`);
      }
      await Promise.race([changed.promise, elapse(RESYNC_MS, undefined, { ref: false })]);
    }
  } finally {
    await watch.stop();
  }
}

/** kubectl complains of a name that does not exist yet, not of a field selector that matches nothing. */
function argsOf({ namespace, resource, name, selector }: WatchTarget): string[] {
  const args = ['-n', namespace.name, 'get', resource, '-o', 'json'];
  if (name) args.push(`--field-selector=metadata.name=${name}`);
  if (selector) args.push('-l', selector);
  return args;
}

function describe(objects: KubernetesObject[]): string {
  const texts = objects.map(({ kind, metadata, status }) => {
    const { conditions, phase, ...rest } = (status ?? {}) as {
      conditions?: { type: string; status: string }[];
    } & Record<string, unknown>;
    const told = conditions?.map(({ type, status: value, ...more }) => {
      const { reason, message } = more as { reason?: string; message?: string };
      return `${type}=${value}${reason ? ` ${reason}` : ''}${message ? ` (${message})` : ''}`;
    });
    return `${kind} ${metadata.name} ${phase ?? ''} ${told ? told.join(', ') : JSON.stringify(rest).slice(0, 300)}`;
  });
  return texts.join('\n  ') || 'nothing';
}
