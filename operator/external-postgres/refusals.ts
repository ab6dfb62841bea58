import { type ServerCheck, type ServerTarget, unusable } from './server-target.ts';

interface Refusal {
  readonly reason: string;
  readonly expected: (target: ServerTarget) => string;
  readonly remedy: string;
}

const login: Refusal = {
  reason: 'ServerLoginRefused',
  expected: ({ user, host }) => `${host} to let ${user} in with the password of the Secret`,
  remedy: 'Correct username and password in the Secret, or let the role in (pg_hba.conf of the server)',
};

const tls: Refusal = {
  reason: 'ServerTlsFailed',
  expected: ({ tls: { mode } }) => `a connection that is encrypted as tls.mode ${mode} asks for`,
  remedy:
    'Correct tls.mode or tls.caSecretRef of spec.postgres.external, or the certificate of the server: it must name the host',
};

/** By SQLSTATE of the server, or code of Node's TLS. */
const refusals: { readonly [code: string]: Refusal } = {
  '28P01': login,
  '28000': login,
  '3D000': {
    reason: 'ServerDatabaseMissing',
    expected: ({ database }) => `a database ${database}`,
    remedy: 'Create it, owned by the user of the Secret: CREATE DATABASE … OWNER …',
  },
  '42501': {
    reason: 'ServerRightsMissing',
    expected: ({ user, database }) => `${user} to have the right to connect to ${database}`,
    remedy: 'Make it the owner: ALTER DATABASE … OWNER TO …',
  },
  '53300': {
    reason: 'ServerFull',
    expected: () => 'a free connection',
    remedy:
      'Raise max_connections of the server, or end sessions of others; the stack has its budget from what the server takes',
  },
  '57P03': {
    reason: 'ServerStarting',
    expected: () => 'a server that has started',
    remedy: 'Wait for it; its log tells what it is at',
  },
};

/** Says what a server's refusal of a session, or a failure on the way to one, means for the author of the stack. */
export function explainRefusal(target: ServerTarget, error: unknown): ServerCheck {
  const { code, message = String(error) } = error as { code?: string; message?: string };
  const found = /SSL|TLS|certificate|self[- ]signed/i.test(`${code} ${message}`) ? tls : refusals[code ?? ''];
  const { reason, expected, remedy } = found ?? {
    reason: 'ServerUnusable',
    expected: ({ host, port }) => `a session with the Postgres at ${host}:${port}`,
    remedy: 'See the log of the server',
  };
  return unusable(reason, `spec.postgres.external: expected ${expected(target)}, found: ${message}. ${remedy}`);
}
