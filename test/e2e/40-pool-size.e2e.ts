import { beforeAll, expect, test } from '@jest/globals';
import { readContext, stackNamespace } from './context.ts';
import { recordFigure } from './figures.ts';
import type { KubernetesObject } from './kubectl.ts';
import { ensureStack, podsOf, waitForReady } from './stack.ts';

const context = readContext();
const namespace = stackNamespace(context);

let stack: KubernetesObject;
beforeAll(async () => {
  stack = await ensureStack(context);
});

/** Asks the admin console of one PgBouncer: rows of cells. */
async function show(pod: string, what: 'CONFIG' | 'DATABASES'): Promise<Record<string, string>[]> {
  const command = `PGPASSWORD="$PGBOUNCER_ADMIN_PASSWORD" psql -X -h 127.0.0.1 -p 6432 -U chatstack_admin -d pgbouncer --csv -c "SHOW ${what}"`;
  const [header = '', ...lines] = (await namespace.exec(pod, ['sh', '-c', command])).trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, column) => [names[column], cell])));
}

async function poolSizeOf(pod: string): Promise<{ config: number; database: number }> {
  const config = (await show(pod, 'CONFIG')).find(({ key }) => key === 'default_pool_size');
  const database = (await show(pod, 'DATABASES')).find(({ name }) => name === 'chatstack');
  return { config: Number(config?.value), database: Number(database?.pool_size) };
}

/** What would change if the process were another one. */
const processOf = ({ metadata, status }: KubernetesObject) => ({
  pod: metadata.uid,
  started: status.containerStatuses[0].state.running.startedAt,
  restarts: status.containerStatuses[0].restartCount,
});

test('a changed pool size reaches every running PgBouncer without a restart', async () => {
  const before = await podsOf(context, 'pgbouncer');
  const size = stack.status.pool.size - 1;
  expect((await poolSizeOf(before[0]?.metadata.name ?? '')).config).toBe(stack.status.pool.size);

  const startedAt = Date.now();
  await namespace.patch('chatstack', context.stackName, { spec: { pgbouncer: { poolSize: size } } });
  const { status } = await waitForReady(context, 60);
  const seconds = (Date.now() - startedAt) / 1000;

  expect(status.pool.size).toBe(size);
  for (const { metadata } of before) expect(await poolSizeOf(metadata.name)).toEqual({ config: size, database: size });
  expect((await podsOf(context, 'pgbouncer')).map(processOf)).toEqual(before.map(processOf));
  recordFigure(context.figuresFile, {
    what: 'changed pool size to SHOW CONFIG of the same processes',
    target: '≤ 60 s',
    measured: `${seconds.toFixed(1)} s`,
    met: seconds <= 60,
  });
});
