import type { Pool, PoolClient } from 'pg';

// Whoever holds a connection that ended learns it by a rejected statement and gives it back at once.
const LOST_AFTER = 1_000;

/**
 * Gives places in the pool back that their borrower lost. Kysely 0.29 forgets a connection on which BEGIN, COMMIT or
 * ROLLBACK fails, as each does when Postgres goes away: without this, every outage would take places of the pool for good,
 * until none is left.
 */
export function reclaimConnections(pool: Pool): void {
  const lent = new Set<PoolClient>();
  pool.on('acquire', (client) => void lent.add(client));
  pool.on('release', (_error, client) => void lent.delete(client));
  pool.on('connect', (client) => {
    client.once('end', () => {
      const timer = setTimeout(() => {
        if (lent.has(client)) client.release(true);
      }, LOST_AFTER);
      timer.unref();
    });
  });
}
