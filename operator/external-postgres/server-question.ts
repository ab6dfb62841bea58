import { type ServerCheck, type ServerTarget, unusable } from './server-target.ts';

/** What a server answers to `serverQuestion`. */
export interface ServerRow {
  readonly version: string;
  readonly version_number: number;
  readonly max_connections: number;
  readonly reserved: number;
  /** Connections that the role and the database may have; null without a limit. */
  readonly own_limit: number | null;
  readonly is_standby: boolean;
  readonly schema: string | null;
  readonly may_create: boolean;
  readonly owner: string;
}

/** Read-only, and of what every role may read. `reserved_connections` came with version 16. */
export const serverQuestion = `SELECT
  split_part(current_setting('server_version'), ' ', 1) AS version,
  current_setting('server_version_num')::int AS version_number,
  current_setting('max_connections')::int AS max_connections,
  current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
  (SELECT least(nullif(datconnlimit, -1), (SELECT nullif(rolconnlimit, -1) FROM pg_catalog.pg_roles WHERE rolname = current_user))) AS own_limit,
  pg_catalog.pg_is_in_recovery() AS is_standby,
  current_schema() AS schema,
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
  pg_catalog.pg_get_userbyid(datdba) AS owner
FROM pg_catalog.pg_database WHERE datname = current_database()`;

/** The oldest version with every feature the service's statements use. */
const oldestVersion = 15;

/** Whether the stack can work with a server that lets it in. */
export function judgeServer(target: ServerTarget, row: ServerRow): ServerCheck {
  const { user, database } = target;
  if (row.version_number < oldestVersion * 10_000) {
    return unusable(
      'ServerTooOld',
      `spec.postgres.external: expected PostgreSQL ${oldestVersion} or newer, found ${row.version}. Upgrade the server, or use another one`,
    );
  }
  if (row.is_standby) {
    return unusable(
      'ServerReadOnly',
      'spec.postgres.external.host: expected a server that takes writes, found a standby. Name the primary, or an address that follows it',
    );
  }
  if (!row.may_create) {
    return unusable(
      'ServerRightsMissing',
      `spec.postgres.external: expected ${user} to own database ${database}, for migrations create tables in it, found that ${row.owner} does ` +
        `and ${user} may not create in schema ${row.schema ?? 'public, which is not there'}. ` +
        `As an administrator: ALTER DATABASE "${database}" OWNER TO "${user}"`,
    );
  }
  const ordinary = row.max_connections - row.reserved;
  const isLimited = row.own_limit !== null && row.own_limit < ordinary;
  return {
    kind: 'usable',
    facts: {
      version: row.version,
      maxConnections: isLimited ? (row.own_limit as number) : row.max_connections,
      reservedConnections: isLimited ? 0 : row.reserved,
    },
  };
}
