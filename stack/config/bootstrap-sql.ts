import { monitorConnections, monitorUser } from '../plan/monitoring-plan.ts';

/** Joins statements the way `postgres --single -j` reads them: an empty line ends each. */
const statements = (...list: string[]): string => list.map((statement) => `${statement};\n`).join('\n');

const createRole = (name: string): string =>
  `DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '${name}') THEN CREATE ROLE ${name}; END IF; END $do$`;

/**
 * SQL for the database `postgres`: the roles without their passwords. `chatstack` owns the application's database;
 * `pgbouncer_auth` may only look up logins; `chatstack_monitor` may read how the server is and no message, on as many connections as the
 * budget has for it. Idempotent.
 */
export const buildBootstrapRolesSql = (): string =>
  statements(
    createRole('chatstack'),
    createRole('pgbouncer_auth'),
    createRole(monitorUser),
    'ALTER ROLE chatstack NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS',
    'ALTER ROLE pgbouncer_auth NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT',
    `ALTER ROLE ${monitorUser} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOLOGIN CONNECTION LIMIT ${monitorConnections}`,
    `GRANT pg_monitor TO ${monitorUser}`,
  );

/** Two roles of Postgres that log in by turns: a rotation gives the other one its turn, so that both are valid meanwhile. */
export interface LoginPair {
  /** The login of every new stack. Objects and rights are its own, whoever logs in. */
  readonly first: string;
  readonly second: string;
}

/** The logins of the service with its migrations and backups, and of PgBouncer's lookup. */
export const loginPairs = {
  service: { first: 'chatstack', second: 'chatstack_b' },
  pgbouncer: { first: 'pgbouncer_auth', second: 'pgbouncer_auth_b' },
} as const satisfies { readonly [name: string]: LoginPair };

/** SQL that makes the second login of each pair, without a password. Idempotent. */
export const buildSecondLoginsSql = (): string =>
  statements(
    ...Object.values(loginPairs).flatMap(({ first, second }) => [
      createRole(second),
      `ALTER ROLE ${second} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT`,
      `GRANT ${first} TO ${second}`,
    ]),
    // What it makes belongs to the owner of all else.
    `ALTER ROLE ${loginPairs.service.second} SET role = '${loginPairs.service.first}'`,
  );

/**
 * SQL for a database of the application, `chatstack` unless told: who may connect, what metrics of statements are read from, and the function `pgbouncer.get_auth` that PgBouncer's auth_query
 * calls. It runs with its owner's rights, hence: pinned search_path, owner reset at each run (CREATE OR REPLACE would
 * keep another owner), no execution by PUBLIC, and never a superuser's or a non-login role's password. Idempotent.
 */
export const buildBootstrapSchemaSql = (database = 'chatstack'): string =>
  statements(
    `ALTER DATABASE ${database} OWNER TO chatstack`,
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${database} TO pgbouncer_auth, ${monitorUser}`,
    'CREATE SCHEMA IF NOT EXISTS pgbouncer',
    'ALTER SCHEMA pgbouncer OWNER TO postgres',
    'REVOKE ALL ON SCHEMA pgbouncer FROM PUBLIC, chatstack',
    'GRANT USAGE ON SCHEMA pgbouncer TO pgbouncer_auth',
    `CREATE OR REPLACE FUNCTION pgbouncer.get_auth(requested text) RETURNS TABLE (username text, password text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
  SELECT rolname::text, rolpassword FROM pg_catalog.pg_authid
  WHERE rolname = requested AND rolcanlogin AND NOT rolsuper AND (rolvaliduntil IS NULL OR rolvaliduntil > now())
$function$`,
    'ALTER FUNCTION pgbouncer.get_auth(text) OWNER TO postgres',
    'REVOKE ALL ON FUNCTION pgbouncer.get_auth(text) FROM PUBLIC, chatstack',
    'GRANT EXECUTE ON FUNCTION pgbouncer.get_auth(text) TO pgbouncer_auth',
    // An image may lack it, and then there are no metrics of statements.
    `DO $do$ BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'pg_stat_statements') THEN CREATE EXTENSION IF NOT EXISTS pg_stat_statements; END IF; END $do$`,
  );
