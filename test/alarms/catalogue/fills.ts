import { setTimeout as elapse } from 'node:timers/promises';
import { waitForPods } from '../../e2e/stack.ts';
import { fillDisk, fillRedis } from '../../faults/catalogue/fills.ts';
import type { Scene } from '../../faults/scene.ts';
import type { Alarm } from '../alarm.ts';

/** What is written into Redis lives for a minute: this long after a fill it is filled again, in milliseconds. */
const FILL_AGAIN_MS = 20_000;

const memoryFull: Alarm = {
  name: 'memory full',
  what: 'Other keys are written into Redis (200 MB into 128 MiB), again and again.',
  stack: 'second',
  expects: [
    { alert: 'ChatStackRedisMemoryHigh', severity: 'warning' },
    { alert: 'ChatStackRedisEvictions', severity: 'warning' },
  ],
  begin: async (scene, ended) => {
    await fillRedis.inject(scene);
    void (async () => {
      while (!ended.aborted) {
        await elapse(FILL_AGAIN_MS);
        if (!ended.aborted) await fillRedis.inject(scene).catch(() => undefined);
      }
    })();
  },
};

const TABLE = 'alarms_rows';

/** How much is left free, in MiB: more than 90 % of the volume are in use, and the log finds room for another segment. */
const LEFT_MIB = 45;

/** A table without a log, or one whose log is let go of after each few rows: else it would fill the volume before the table does. */
const buildFill = (kind: 'table' | 'unlogged table') => `
export PGPASSWORD=$POSTGRES_PASSWORD
sql() { psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres -d chatstack -c "$1"; }
sql 'create ${kind} if not exists ${TABLE} (text text)'
while [ "$(df -Pm /var/lib/postgresql | awk 'NR == 2 {print $4}')" -gt ${LEFT_MIB} ]; do
  sql "insert into ${TABLE} select repeat('x', 1900) from generate_series(1, 2000)"
  sql checkpoint
done`;

const DROP_TABLE = `
export PGPASSWORD=$POSTGRES_PASSWORD
psql -X -q -h 127.0.0.1 -U postgres -d chatstack -c 'drop table if exists ${TABLE}' -c checkpoint`;

/** Runs a POSIX sh script where Postgres runs, and tells what it says. */
export const inPostgres = ({ namespace, place }: Scene, script: string): Promise<string> =>
  namespace.exec(`${place.stackName}-postgres-0`, ['sh', '-euc', script]);

const nearlyFull = {
  what: `A table grows until the volume of Postgres has ${LEFT_MIB} of its 1024 MiB left.`,
  stack: 'third',
  begin: async (scene: Scene) => void (await inPostgres(scene, buildFill('table'))),
  end: async (scene: Scene) => void (await inPostgres(scene, DROP_TABLE)),
} as const;

const diskNearlyFull: Alarm = {
  ...nearlyFull,
  name: 'disk nearly full',
  expects: [{ alert: 'ChatStackDatabaseNearVolumeSize', severity: 'critical' }],
};

const volumeFilling: Alarm = {
  ...nearlyFull,
  name: 'volume nearly full',
  // As a warning it may tell of another volume of the stack that is a folder of the node, as those of small clusters are.
  expects: [{ alert: 'ChatStackVolumeFilling', severity: 'critical' }],
};

const diskFull: Alarm = {
  name: 'disk full',
  what: 'A table grows until the volume of Postgres is nearly full, then the last byte is taken.',
  stack: 'third',
  expects: [
    { alert: 'ChatStackPostgresDiskFull', severity: 'critical' },
    { alert: 'ChatStackErrorBudgetBurn', severity: 'critical', window: '1h' },
  ],
  begin: async (scene) => {
    await inPostgres(scene, buildFill('unlogged table'));
    await fillDisk.inject(scene);
  },
  end: async (scene) => {
    await fillDisk.heal?.(scene);
    await waitForPods(scene.place, 'postgres', 1);
    await inPostgres(scene, DROP_TABLE);
  },
};

/** Memory and disk that are full. */
export const fills: readonly Alarm[] = [memoryFull, diskNearlyFull, volumeFilling, diskFull];
