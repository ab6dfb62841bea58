import { type PgbouncerEngine, startPgbouncer } from '@chatstack/test/engines/pgbouncer.ts';
import { type PostgresEngine, startPostgres } from '@chatstack/test/engines/postgres.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { AdminConsoleTarget } from './admin-console.ts';
import { pausePooler } from './pause-pooler.ts';
import { reloadUntilEqual } from './reload-until-equal.ts';

const admin = { user: 'chatstack_admin', password: 'secret' };
const options = { waitSeconds: 30 };

describe('the pause of a PgBouncer in front of a Postgres', () => {
  let postgres: PostgresEngine;
  let pooler: PgbouncerEngine;
  let target: AdminConsoleTarget;
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    pooler = await startPgbouncer({
      admin,
      users: { [postgres.user]: postgres.password },
      databases: { postgres: `host=127.0.0.1 port=${postgres.port} dbname=postgres` },
      // A pool that is to be full is where a pause of the database alone goes wrong.
      settings: { query_wait_timeout: 1, server_login_retry: 1, min_pool_size: 3 },
    });
    target = { host: pooler.host, port: pooler.port, ...admin, timeoutMilliseconds: 20_000 };
  });
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.end())));
  afterAll(async () => {
    await pooler?.stop();
    await postgres?.stop();
  });

  const connect = async () => {
    const client = new pg.Client({ connectionString: pooler.url('postgres', postgres.user, postgres.password) });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };

  test('has clients wait while Postgres restarts, longer than they usually may, and no statement fails', async () => {
    const client = await connect();
    await client.query('SELECT 1');
    expect(await pausePooler(target, options)).toEqual({ kind: 'paused' });
    const answers = Promise.all([client, await connect()].map((each) => each.query('SELECT 1 AS one')));
    await postgres.restart();
    // The usual bound, a second, is over when a client whom nobody told to wait longer was turned away.
    await new Promise((resolve) => setTimeout(resolve, 2200));
    const planned = { query_wait_timeout: '1' };
    const differences = [{ name: 'query_wait_timeout', expected: '1', found: '30' }];
    postgres.suspend(); // so that those who waited wait still when the settings are looked at
    const outcome = await reloadUntilEqual(target, planned);
    postgres.resume();
    expect(outcome).toEqual({ kind: 'different', differences, resumed: true });
    expect((await (await connect()).query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect((await answers).map(({ rows }) => rows)).toEqual([[{ one: 1 }], [{ one: 1 }]]);
    expect(await reloadUntilEqual(target, planned)).toEqual({ kind: 'equal', reloaded: true });
  });

  test('lets clients wait on where Postgres is not reached yet when it ends, however short they have waited', async () => {
    const client = await connect();
    const planned = { query_wait_timeout: '5' };
    const differences = [{ name: 'query_wait_timeout', expected: '5', found: '30' }];
    expect(await pausePooler(target, options)).toEqual({ kind: 'paused' });
    postgres.suspend(); // as while the Service of a Cluster leads nowhere
    const answer = client.query('SELECT 1 AS one');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(await reloadUntilEqual(target, planned)).toEqual({ kind: 'different', differences, resumed: true });
    expect(await reloadUntilEqual(target, planned)).toEqual({ kind: 'different', differences });
    // Pools that are always too small are not left as they are for ever. The file says 1.
    const enlarged = await reloadUntilEqual(target, { query_wait_timeout: '1' }, { sparing: false });
    postgres.resume();
    expect(enlarged).toEqual({ kind: 'equal', reloaded: true });
    await answer.catch(() => undefined);
  });

  test('a transaction that goes on holds it up no longer than the bound, and clients wait meanwhile', async () => {
    const busy = await connect();
    await busy.query('BEGIN');
    const outcome = await pausePooler({ ...target, timeoutMilliseconds: 300 }, options);
    expect(outcome).toMatchObject({ kind: 'busy' });
    expect((await busy.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
    await busy.query('COMMIT');
    expect(await reloadUntilEqual(target, {})).toMatchObject({ kind: 'equal', resumed: true });
    expect((await busy.query('SELECT 3 AS three')).rows).toEqual([{ three: 3 }]);
  });

  test('a pause that was ended is not ended twice', async () => {
    await pausePooler(target, options);
    expect(await reloadUntilEqual(target, {})).toMatchObject({ resumed: true });
    expect(await reloadUntilEqual(target, {})).toEqual({ kind: 'equal', reloaded: false });
  });

  test('paused twice, as by an operator that started again, it is paused', async () => {
    await pausePooler(target, options);
    expect(await pausePooler(target, options)).toEqual({ kind: 'paused' });
    expect(await reloadUntilEqual(target, {})).toMatchObject({ resumed: true });
  });

  test('a pooler that is not there is told', async () => {
    expect(await pausePooler({ ...target, port: 1 }, options)).toMatchObject({ kind: 'unreachable' });
  });
});
