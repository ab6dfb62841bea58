import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createJsonSplitter } from './json-stream.ts';
import type { KubernetesObject, Namespace } from './kubectl.ts';

/** What is watched: one kind in one namespace, narrowed by name or labels. */
export type WatchTarget = { namespace: Namespace; resource: string; name?: string; selector?: string };

/** One change, with the time at which it was seen (milliseconds of the epoch). */
export type WatchEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubernetesObject; seenAt: number };

/** A watch that runs until it is stopped. */
export type Watch = { stop: () => Promise<void> };

/** Tells every change of the target, the objects that exist first. `onEnd` hears when kubectl gives up. */
export function watchObjects(
  target: WatchTarget,
  onEvent: (event: WatchEvent) => void,
  onEnd: (reason: string) => void = () => undefined,
): Watch {
  const child = spawn('kubectl', [...argsOf(target), '--watch', '--output-watch-events'], { stdio: 'pipe' });
  const split = createJsonSplitter();
  let complaint = '';
  let stopped = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const event of split(text) as WatchEvent[]) if (!stopped) onEvent({ ...event, seenAt: Date.now() });
  });
  child.once('close', () => !stopped && onEnd(complaint));
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
 * Waits until the objects of the target are as `holds` says; returns them. Throws after `timeoutSeconds`, saying what was
 * waited for and what `describe` finds in the objects as they were last.
 */
export async function waitUntil(
  what: string,
  target: WatchTarget,
  holds: (objects: KubernetesObject[]) => boolean,
  timeoutSeconds: number,
): Promise<KubernetesObject[]> {
  const objects = new Map<string, KubernetesObject>();
  const { stdout } = await target.namespace.kubectl(argsOf(target).slice(2));
  for (const object of (JSON.parse(stdout) as { items: KubernetesObject[] }).items)
    objects.set(object.metadata.uid, object);
  if (holds([...objects.values()])) return [...objects.values()];

  let watch: Watch | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const fail = (how: string) => reject(new Error(`expected ${what} ${how}; last seen: ${describe(objects)}`));
      timer = setTimeout(() => fail(`within ${timeoutSeconds} s`), timeoutSeconds * 1000);
      const onEvent = ({ type, object }: WatchEvent) => {
        if (type === 'DELETED') objects.delete(object.metadata.uid);
        else objects.set(object.metadata.uid, object);
        if (holds([...objects.values()])) resolve([...objects.values()]);
      };
      watch = watchObjects(target, onEvent, (reason) => fail(`but the watch ended (${reason.trim()})`));
    });
  } finally {
    clearTimeout(timer);
    await watch?.stop();
  }
}

/** kubectl complains of a name that does not exist yet, not of a field selector that matches nothing. */
function argsOf({ namespace, resource, name, selector }: WatchTarget): string[] {
  const args = ['-n', namespace.name, 'get', resource, '-o', 'json'];
  if (name) args.push(`--field-selector=metadata.name=${name}`);
  if (selector) args.push('-l', selector);
  return args;
}

function describe(objects: Map<string, KubernetesObject>): string {
  const texts = [...objects.values()].map(({ kind, metadata, status }) => {
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
