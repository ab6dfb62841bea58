import { lookup } from 'node:dns/promises';
import { isIP, Socket } from 'node:net';
import type pg from 'pg';
import { withPostgres } from '../runtime/with-postgres.ts';
import { explainRefusal } from './refusals.ts';
import { judgeServer, type ServerRow, serverQuestion } from './server-question.ts';
import { type ServerCheck, type ServerTarget, unusable } from './server-target.ts';

/**
 * Tries whether a stack can work with a server, stage by stage, so that what is told is the first thing that stands in the way:
 *
 *   name ──▶ TCP ──▶ TLS ──▶ login ──▶ version, rights, connections
 *
 * Each stage is bounded. Never rejects. Nothing is written to the server.
 */
export async function checkServer(target: ServerTarget): Promise<ServerCheck> {
  return (await checkName(target)) ?? (await checkConnection(target)) ?? (await checkSession(target));
}

async function checkName({ host, timeoutMilliseconds }: ServerTarget): Promise<ServerCheck | undefined> {
  if (isIP(host) > 0) return undefined;
  try {
    await within(timeoutMilliseconds, lookup(host));
    return undefined;
  } catch (error) {
    return unusable(
      'ServerNameUnknown',
      `spec.postgres.external.host: expected a name that resolves, found that ${host} does not (${codeOf(error)}). ` +
        'Correct it; the name of a Service in another namespace is <service>.<namespace>',
    );
  }
}

function checkConnection(target: ServerTarget): Promise<ServerCheck | undefined> {
  const { host, port, timeoutMilliseconds } = target;
  return new Promise((resolve) => {
    const socket = new Socket();
    const finish = (found: string | undefined) => {
      socket.destroy();
      const message =
        `spec.postgres.external: expected a server that takes connections at ${host}:${port}, found none (${found}). ` +
        'Correct host and port, start the server, or let the operator and the stack through to it (firewall, NetworkPolicy)';
      resolve(found === undefined ? undefined : unusable('ServerUnreachable', message));
    };
    socket.setTimeout(timeoutMilliseconds, () => finish(`no answer within ${timeoutMilliseconds} ms`));
    socket.on('error', (error) => finish(codeOf(error)));
    socket.connect(port, host, () => finish(undefined));
  });
}

/** pg's own words for the answer `N` to the request for TLS. */
const noTls = /does not support SSL/;

async function checkSession(target: ServerTarget): Promise<ServerCheck> {
  try {
    return await askServer(target, sslOf(target));
  } catch (error) {
    if (target.tls.mode !== 'Prefer' || !(error instanceof Error && noTls.test(error.message)))
      return explainRefusal(target, error);
  }
  return askServer(target, false).catch((error: unknown) => explainRefusal(target, error));
}

function sslOf({ tls, host }: ServerTarget): pg.ClientConfig['ssl'] {
  if (tls.mode === 'Disable') return false;
  if (tls.mode !== 'VerifyFull') return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, ca: tls.authority, ...(isIP(host) > 0 ? {} : { servername: host }) };
}

async function askServer(target: ServerTarget, ssl: pg.ClientConfig['ssl']): Promise<ServerCheck> {
  const { host, port, database, user, password, timeoutMilliseconds } = target;
  const login = { host, port, database, user, password, ssl, application_name: 'chatstack-operator' };
  return withPostgres({ ...login, timeoutMilliseconds }, async (client) => {
    const { rows } = await client.query<ServerRow>(serverQuestion);
    return judgeServer(target, rows[0] as ServerRow);
  });
}

const codeOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
};

function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
