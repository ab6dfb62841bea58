import { setTimeout as elapse } from 'node:timers/promises';
import pg from 'pg';
import { startAndAwait } from '../e2e/owned-process.ts';
import type { Scene } from '../faults/scene.ts';

/** Where sessions are opened: a pod, and the port of what speaks Postgres' protocol in it. */
export type SessionTarget = { readonly pod: string; readonly port: number };

/** How long a session that was refused waits before it tries again, in milliseconds. */
const AGAIN_MS = 500;

/** What a session does that does nothing. */
export const IDLE = '';

/**
 * Sessions with the login of the service, by a port that kubectl forwards, one for each text, which it
 * runs again and again until `ended`. What runs then is left to the server, which looks for clients that are gone.
 */
export async function keepSessions(
  scene: Scene,
  target: SessionTarget,
  statements: readonly string[],
  ended: AbortSignal,
): Promise<void> {
  const { namespace, place } = scene;
  const forward = ['-n', namespace.name, 'port-forward', `pod/${target.pod}`, `:${target.port}`];
  const forwarded = await startAndAwait('kubectl', forward, /Forwarding from 127\.0\.0\.1:(\d+)/);
  ended.addEventListener('abort', () => void forwarded.stop());
  const { data = {} } = await namespace.get('secret', `${place.stackName}-credentials`);
  const read = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
  const login = { user: read('service-user') || 'chatstack', password: read('service-password') };
  const settings = { host: '127.0.0.1', port: Number(forwarded.matched[1]), database: 'chatstack', ...login };
  for (const text of statements) void keepSession(settings, text, ended);
}

async function keepSession(settings: pg.ClientConfig, text: string, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    const client = new pg.Client({ ...settings, application_name: 'alarms' });
    client.on('error', () => undefined); // the next statement tells
    try {
      await client.connect();
      while (!ended.aborted) await (text === IDLE ? untilOver(client, ended) : client.query(text));
    } catch {
      await elapse(AGAIN_MS);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** Until the server ends the session, or the fault is over. */
function untilOver(client: pg.Client, ended: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    ended.addEventListener('abort', () => resolve(), { once: true });
    client.once('end', () => reject(new Error('the session was ended')));
  });
}
