import { randomBytes } from 'node:crypto';
import { buildSecondLoginsSql } from '@chatstack/stack/config/bootstrap-sql.ts';
import pg from 'pg';
import { sslBy, withPostgres } from '../runtime/with-postgres.ts';
import { buildScramVerifier } from './scram-verifier.ts';
import { enterWithAny, type PasswordServer, type ServerAnswer } from './server-answer.ts';

/** What logins of a Postgres are to become. */
export type LoginChange =
  /** Role → password of those that may log in from now on, beside those that may already; that of a superuser takes the place of its former one. */
  | { readonly allow: Readonly<Record<string, string>> }
  /** Role → addresses. The roles may log in no more, and their sessions end. Refrained from while one has a session from one of its addresses. */
  | { readonly deny: Readonly<Record<string, readonly string[]>> };

/** Changes logins of a Postgres as its superuser, all or none. What is so already stays so. */
export function changePostgresLogins(server: PasswordServer, change: LoginChange): Promise<ServerAnswer> {
  return enterWithAny(server, (password) => changeAs(server, password, change));
}

async function changeAs(server: PasswordServer, password: string, change: LoginChange): Promise<ServerAnswer> {
  const { host, port, tls, timeoutMilliseconds } = server;
  const superuser = { user: 'postgres', password, database: 'postgres', ssl: sslBy(tls) };
  try {
    return await withPostgres({ host, port, ...superuser, timeoutMilliseconds }, (client) => changeBy(client, change));
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const isRefused = code === '28P01' || code === '28000';
    return { kind: isRefused ? 'refused' : 'unreachable', reason: message };
  }
}

async function changeBy(client: pg.Client, change: LoginChange): Promise<ServerAnswer> {
  await client.query("SET log_statement = 'none'; SET log_min_error_statement = 'panic'");
  const users = 'deny' in change ? await findUsers(client, change.deny) : [];
  if (users.length > 0) return { kind: 'unreachable', reason: explainUsers(users) };
  await client.query(buildChangeSql(change));
  return { kind: 'done' };
}

/** The addresses from which somebody is logged in as the role that they are given for. */
async function findUsers(client: pg.Client, from: Readonly<Record<string, readonly string[]>>): Promise<string[]> {
  const pairs = Object.entries(from).flatMap(([role, addresses]) => addresses.map((address) => [role, address]));
  const { rows } = await client.query<{ address: string }>(
    `SELECT DISTINCT host(client_addr) AS address FROM pg_stat_activity
     WHERE (usename, host(client_addr)) IN (SELECT * FROM unnest($1::text[], $2::text[])) ORDER BY 1`,
    [pairs.map(([role]) => role), pairs.map(([, address]) => address)],
  );
  return rows.map(({ address }) => address);
}

/** What keeps a rotation from refusing the former passwords: a pod that got them although it started later. */
export const explainUsers = (addresses: readonly string[]): string =>
  `expected pods with the present passwords alone, found some at ${addresses.join(', ')} that still log in by a former one; delete them, others follow`;

/** Statements that are sent together are one transaction. */
function buildChangeSql(change: LoginChange): string {
  if ('deny' in change) {
    const roles = Object.keys(change.deny);
    const names = roles.map((role) => pg.escapeLiteral(role)).join(', ');
    const denials = roles.map((role) => `ALTER ROLE ${pg.escapeIdentifier(role)} NOLOGIN PASSWORD NULL`);
    const ends = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN (${names})`;
    return [...denials, ends].join(';\n');
  }
  const allowances = Object.entries(change.allow).map(([role, password]) => {
    const verifier = buildScramVerifier(password, randomBytes(16));
    return `ALTER ROLE ${pg.escapeIdentifier(role)} LOGIN PASSWORD ${pg.escapeLiteral(verifier)}`;
  });
  return `${buildSecondLoginsSql()}${allowances.join(';\n')}`;
}
