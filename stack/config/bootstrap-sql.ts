/** Joins statements the way `postgres --single -j` reads them: an empty line ends each. */
const statements = (...list: string[]): string => list.map((statement) => `${statement};\n`).join('\n');

const createRole = (name: string): string =>
  `DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '${name}') THEN CREATE ROLE ${name}; END IF; END $do$`;

/**
 * SQL for the database `postgres`: the roles without their passwords. `chatstack` owns the application's database;
 * `pgbouncer_auth` may only look up logins. Idempotent.
 */
export const buildBootstrapRolesSql = (): string =>
  statements(
    createRole('chatstack'),
    createRole('pgbouncer_auth'),
    'ALTER ROLE chatstack NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS',
    'ALTER ROLE pgbouncer_auth NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT',
  );

/**
 * SQL for the database `chatstack`: who may connect, and the function `pgbouncer.get_auth` that PgBouncer's auth_query
 * calls. It runs with its owner's rights, hence: pinned search_path, owner reset at each run (CREATE OR REPLACE would
 * keep another owner), no execution by PUBLIC, and never a superuser's or a non-login role's password. Idempotent.
 */
export const buildBootstrapSchemaSql = (): string =>
  statements(
    'ALTER DATABASE chatstack OWNER TO chatstack',
    'REVOKE ALL ON DATABASE chatstack FROM PUBLIC',
    'GRANT CONNECT ON DATABASE chatstack TO pgbouncer_auth',
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
  );
