import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type PgbouncerEngine, startPgbouncer } from './pgbouncer.ts';
import { type PostgresEngine, startPostgres } from './postgres.ts';
import { type RedisEngine, startRedis } from './redis.ts';

/** One inline command and the first bytes of its answer; rejects when the connection is refused. */
function askRedis(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('error', reject).once('data', (data) => {
      resolve(data.toString().trim());
      socket.destroy();
    });
  });
}

describe('Redis for tests', () => {
  let redis: RedisEngine;
  beforeAll(async () => {
    redis = await startRedis({ args: ['--maxmemory', '3mb'] });
  });
  afterAll(() => redis.stop());

  test('answers on its port with the arguments that were given', async () => {
    expect(await askRedis(redis.port, 'CONFIG GET maxmemory')).toContain('3145728');
  });

  test('is gone after a kill and back on the same port after a restart', async () => {
    await redis.kill();
    await expect(askRedis(redis.port, 'PING')).rejects.toThrow('ECONNREFUSED');
    await redis.restart();
    expect(await askRedis(redis.port, 'PING')).toBe('+PONG');
  });

  test('answers nothing while suspended, and what was asked afterwards', async () => {
    redis.suspend();
    let answered = false;
    const answer = askRedis(redis.port, 'PING').then((text) => {
      answered = true;
      return text;
    });
    await new Promise((resolve) => setTimeout(resolve, 100)); // nothing to await: silence is the point
    expect(answered).toBe(false);
    redis.resume();
    expect(await answer).toBe('+PONG');
  });

  test('asks for the password that was given', async () => {
    const locked = await startRedis({ password: 'p w"d' });
    expect(await askRedis(locked.port, 'PING')).toMatch(/NOAUTH/);
    expect(locked.url).toBe(`redis://:p%20w%22d@127.0.0.1:${locked.port}`);
    await locked.stop();
  });

  test('reports its own output when it refuses to start', async () => {
    await expect(startRedis({ args: ['--no-such-setting', '1'] })).rejects.toThrow(/no-such-setting/);
  });
});

describe('Postgres and PgBouncer for tests', () => {
  let postgres: PostgresEngine;
  let pooler: PgbouncerEngine;
  beforeAll(async () => {
    postgres = await startPostgres({ settings: { max_connections: 33 } });
    pooler = await startPgbouncer({
      databases: { main: `host=127.0.0.1 port=${postgres.port} dbname=postgres` },
      users: { postgres: postgres.password },
      settings: { default_pool_size: 7 },
    });
  });
  afterAll(async () => {
    await pooler?.stop();
    await postgres?.stop();
  });

  const ask = async (url: string, text: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client.query(text).finally(() => client.end());
  };
  const poolSize = async () => {
    const { rows } = await ask(pooler.adminUrl, 'SHOW CONFIG');
    return rows.find((row) => row.key === 'default_pool_size')?.value;
  };

  test('Postgres takes settings and makes databases that are apart', async () => {
    expect(await postgres.query('SHOW max_connections')).toEqual([{ max_connections: '33' }]);
    const url = await postgres.createDatabase();
    await ask(url, 'CREATE TABLE only_here (id int)');
    expect(await postgres.query("SELECT to_regclass('only_here') AS found")).toEqual([{ found: null }]);
  });

  test('Postgres keeps what was committed over a kill and a restart on the same port', async () => {
    await postgres.query('CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)');
    await postgres.kill();
    await expect(postgres.query('SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await postgres.restart();
    expect(await postgres.query('SELECT id FROM kept')).toEqual([{ id: 1 }]);
  });

  test('Postgres refuses a wrong password', async () => {
    const url = `postgresql://postgres:wrong@127.0.0.1:${postgres.port}/postgres`;
    await expect(ask(url, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  test('a suspended Postgres holds the answers of open connections back', async () => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    postgres.suspend();
    let answered = false;
    const answer = client.query('SELECT 1 AS one').then((result) => {
      answered = true;
      return result.rows;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    postgres.resume();
    expect(await answer).toEqual([{ one: 1 }]);
    await client.end();
  });

  test('PgBouncer passes queries through with SCRAM and takes a new pool size by reload, in the same process', async () => {
    const { rows } = await ask(pooler.url('main', 'postgres', postgres.password), 'SELECT 2 AS two');
    expect(rows).toEqual([{ two: 2 }]);
    expect(await poolSize()).toBe('7');
    const { pid } = pooler;
    await pooler.reload(
      ['[databases]', '[pgbouncer]', `listen_port = ${pooler.port}`, `auth_file = ${pooler.authFile}`]
        .concat([
          'listen_addr = 127.0.0.1',
          'auth_type = scram-sha-256',
          'admin_users = admin',
          'default_pool_size = 9',
          '',
        ])
        .join('\n'),
    );
    expect(await poolSize()).toBe('9');
    expect(pooler.pid).toBe(pid);
  });

  test('stopping removes the data', async () => {
    const other = await startPostgres();
    expect(existsSync(other.folder)).toBe(true);
    await other.stop();
    expect(existsSync(other.folder)).toBe(false);
  });
});
