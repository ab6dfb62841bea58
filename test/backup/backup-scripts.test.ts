import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adoptDatabase } from '@chatstack/service/data/adopt-database.ts';
import { migrateSchema } from '@chatstack/service/data/schema-migration.ts';
import { epochOf } from '@chatstack/service/data/version-epoch.ts';
import { buildBackupScript } from '@chatstack/stack/config/backup/backup-script.ts';
import { buildListScript } from '@chatstack/stack/config/backup/list-script.ts';
import { buildFinishScript, buildLoadScript, buildSwapScript } from '@chatstack/stack/config/backup/restore-script.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { asOwner, type BackupLab, type Ended, openBackupLab } from './backup-lab.ts';
import { findPostgresPrograms } from './postgres-programs.ts';

const programs = findPostgresPrograms();
const describeWithPrograms = programs ? describe : describe.skip;

let lab: BackupLab;
const quiet = { tell: () => undefined };
const databaseOf = (database: string) => ({
  host: '127.0.0.1',
  port: lab.port,
  database,
  user: 'chatstack',
  password: lab.passwords.service,
  sslMode: 'disable' as const,
  poolSize: 1,
});

beforeAll(async () => {
  if (!programs) return;
  lab = await openBackupLab(programs);
  await migrateSchema(databaseOf('chatstack'), quiet);
  await lab.query(`insert into chat_user (id) values ('ann')`);
  await lab.query(`insert into conversation (id, type, version, last_seq) values ('one', 'GROUP', 7, 3)`);
  await lab.query(`create table "odd ""name\\" (text text)`);
  await lab.query(`insert into "odd ""name\\" values (E'a\\nb'), ('\\.'), ('COPY x (y) FROM stdin;')`);
});
afterAll(() => lab?.stop());
beforeEach(() => {
  for (const name of lab?.list() ?? []) rmSync(join(lab.backups, name), { recursive: true });
  rmSync(join(lab?.work ?? '/nowhere', 'done'), { force: true });
});

const backUp = (environment: Record<string, string> = {}): Promise<Ended> =>
  lab.run(buildBackupScript(), { ...asOwner(lab), ...environment });
const load = (request: string, backup = 'latest') => lab.run(buildLoadScript(), { REQUEST: request, BACKUP: backup });
const swap = (request: string) => lab.run(buildSwapScript(), { REQUEST: request });
const restore = async (request: string, backup = 'latest') => {
  const loaded = await load(request, backup);
  if (loaded.code !== 0) return loaded;
  await adoptDatabase(databaseOf('chatstack_restore'), quiet);
  return swap(request);
};
const manifestOf = (id: string) => JSON.parse(readFileSync(join(lab.backups, id, 'manifest.json'), 'utf8'));
const succeeded = (text: string) => ({ code: 0, output: expect.stringContaining(text) });
const refused = (text: string) => ({ code: 2, output: expect.stringContaining(text) });

describeWithPrograms('A backup', () => {
  test('tells what is in it, table by table, whatever their names and texts', async () => {
    expect(await backUp()).toEqual(succeeded('complete'));
    const [id = ''] = lab.list();
    expect(manifestOf(id)).toMatchObject({
      format: 1,
      id,
      stack: 'acme',
      namespace: 'chat',
      migration: '0004-make-conversations-once',
      tables: { 'public.chat_user': 1, 'public.conversation': 1, 'public."odd ""name\\"': 3 },
    });
    const { output } = await lab.run(buildListScript());
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([manifestOf(id)]);
  });

  test('makes room for itself only once it is complete: the newest stay', async () => {
    const made: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      expect(await backUp({ KEEP: '2' })).toEqual(succeeded('complete'));
      made.push(lab.list().at(-1) ?? '');
    }
    expect(lab.list()).toEqual(made.slice(-2));
  });

  test('that failed leaves nothing, and the older ones', async () => {
    await backUp();
    const before = lab.list();
    const { code, output } = await backUp({ PGPASSWORD: 'wrong', KEEP: '1' });
    expect([code, output]).toEqual([1, expect.stringContaining('older backups stay')]);
    expect(lab.list()).toEqual(before);
  });

  test('that the volume has no room for leaves nothing, the older ones, and words that say what to do', async () => {
    await backUp();
    const before = lab.list();
    // What may be written to one file is limited instead of what fits on a volume: the same error at the same place.
    const { code, output } = await lab.run(`ulimit -f 4\n${buildBackupScript()}`, asOwner(lab));
    expect([code, output]).toEqual([1, expect.stringContaining('raise postgres.backup.volume.size')]);
    expect(lab.list()).toEqual(before);
  });

  test('that was cut off does not count, and goes with the next', async () => {
    await lab.run('cd "$BACKUPS" && mkdir 20990101T000000Z.partial && echo {} >20990101T000000Z.partial/manifest.json');
    expect((await lab.run(buildListScript())).output).toBe('');
    await backUp();
    expect(lab.list()).toEqual([expect.not.stringContaining('2099')]);
  });
});

describeWithPrograms('A restore', () => {
  const rows = async () => lab.query('select text from "odd ""name\\" order by text');

  test('brings back rows, tables and who may do what; the replaced database stays until it is finished', async () => {
    await backUp();
    const before = await rows();
    await lab.query('drop table "odd ""name\\"');
    await lab.query(`insert into chat_user (id) values ('late')`);
    expect(await restore('first')).toEqual(succeeded('has taken the place'));

    expect(await rows()).toEqual(before);
    expect(await lab.query('select id from chat_user')).toEqual([{ id: 'ann' }]);
    const lookups = new pg.Client({
      host: '127.0.0.1',
      port: lab.port,
      user: 'pgbouncer_auth',
      password: 'lookup',
      database: 'chatstack',
    });
    await lookups.connect();
    expect((await lookups.query(`select username from pgbouncer.get_auth('chatstack')`)).rows).toEqual([
      { username: 'chatstack' },
    ]);
    await lookups.end();
    const names = `select datname from pg_database where datname like 'chatstack%' order by 1`;
    expect(await lab.query(names, 'postgres', 'postgres')).toEqual([
      { datname: 'chatstack' },
      { datname: 'chatstack_before_restore' },
    ]);
    expect(await lab.run(buildFinishScript())).toEqual(succeeded('deleted'));
    expect(await lab.query(names, 'postgres', 'postgres')).toEqual([{ datname: 'chatstack' }]);
  });

  test('puts every conversation at a version above all that were told before', async () => {
    await backUp();
    await lab.query('update conversation set version = version + 500');
    const [before] = await lab.query('select version from conversation');
    await restore('versions');
    const [after] = await lab.query('select version from conversation');
    expect(Number(after?.version)).toBeGreaterThan(Number(before?.version));
    expect(epochOf(Number(after?.version))).toBeGreaterThan(epochOf(Number(before?.version)));
  });

  test('that was done is not done again, so that a Job which is repeated loses nothing', async () => {
    await backUp();
    await restore('once');
    await lab.query(`insert into chat_user (id) values ('after')`);
    expect(await load('once')).toEqual(succeeded('already'));
    expect(await swap('once')).toEqual({ code: 0, output: '' });
    expect(await lab.query(`select id from chat_user where id = 'after'`)).toHaveLength(1);
  });

  test('cuts off whoever is connected', async () => {
    await backUp();
    const client = new pg.Client({
      host: '127.0.0.1',
      port: lab.port,
      user: 'chatstack',
      password: lab.passwords.service,
      database: 'chatstack',
    });
    await client.connect();
    const broken = new Promise((resolve) => client.on('error', resolve));
    expect(await restore('cut')).toEqual(succeeded('has taken the place'));
    expect(await broken).toMatchObject({ code: '57P01' });
  });

  test('refuses a backup that is damaged, partial or not there, and leaves the database as it was', async () => {
    await backUp();
    const [id = ''] = lab.list();
    await lab.query(`insert into chat_user (id) values ('stays') on conflict do nothing`);
    expect(await load('absent', '20010101T000000Z')).toEqual(refused(`there are: ${id}`));
    appendFileSync(join(lab.backups, id, 'dump'), 'x');
    expect(await load('longer')).toEqual(refused('it is damaged'));
    truncateSync(join(lab.backups, id, 'dump'), manifestOf(id).bytes - 1);
    expect(await load('shorter')).toEqual(refused('it is damaged'));
    const bytes = readFileSync(join(lab.backups, id, 'dump'));
    writeFileSync(join(lab.backups, id, 'dump'), Buffer.concat([bytes, Buffer.from('!')]));
    expect(await load('changed')).toEqual(refused('the digest'));
    renameSync(join(lab.backups, id), join(lab.backups, `${id}.partial`));
    expect(await load('partial')).toEqual(refused('expected a complete backup'));
    expect(await lab.query(`select id from chat_user where id = 'stays'`)).toHaveLength(1);
  });

  test('refuses rows that are not those of the manifest', async () => {
    await backUp();
    const [id = ''] = lab.list();
    const file = join(lab.backups, id, 'manifest.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/("public.conversation": )1/, '$12'));
    expect(await load('rows')).toEqual(refused('expected 2 rows in public.conversation'));
  });

  test('refuses the backup of a newer service', async () => {
    await lab.query(`insert into schema_migration (name, executed_at) values ('9999-of-the-future', now())`);
    await backUp();
    await lab.query(`delete from schema_migration where name = '9999-of-the-future'`);
    await expect(restore('newer')).rejects.toThrow(/newer service \(9999-of-the-future\)/);
    expect(await lab.query('select id from conversation')).toEqual([{ id: 'one' }]);
  });
});
