import pg from 'pg';
import type { Login } from '../stacks/stack.ts';
import type { Probe } from './probe.ts';

/** Counts the connections of clients to Postgres, its own left out. */
export async function openDatabaseProbe(login: Login): Promise<Probe> {
  const client = new pg.Client({ ...login, query_timeout: 900, application_name: 'load' });
  client.on('error', () => undefined); // the stack stops; the next read rejects
  await client.connect();
  return {
    read: async () => {
      const { rows } = await client.query<{ count: string }>(
        `select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
      return { databaseConnections: Number(rows[0]?.count) };
    },
    close: () => client.end().catch(() => undefined),
  };
}
