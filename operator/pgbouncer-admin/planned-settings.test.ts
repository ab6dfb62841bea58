import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { localPlacement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import type { PgbouncerPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { type PgbouncerPlace, startPgbouncer } from '@chatstack/test/engines/pgbouncer.ts';
import { expect, test } from '@jest/globals';
import { reloadUntilEqual } from './reload-until-equal.ts';

function planFor({ folder, port }: Pick<PgbouncerPlace, 'folder' | 'port'>, spec: object): PgbouncerPlan {
  const ports = { postgres: 1, pgbouncer: port, redis: 2, service: 3, metrics: 4 };
  const parsed = parseChatStackSpec(spec);
  if (!parsed.ok) throw new Error('expected a valid spec');
  const placement = localPlacement({ folder, ports, pgbouncerVersion: '1.18', redisInstalled: true });
  const planned = planStack({ name: 'acme', spec: parsed.spec, placement, images: defaultImages });
  if (!planned.ok) throw new Error('expected a plan');
  return planned.plan.pgbouncer;
}

/** The engine keeps the file of users at a place of its own, and has no start script that would write what the ini includes. */
const settingsFor = (place: PgbouncerPlace, spec: object) => ({
  ...planFor(place, spec).reloadSettings,
  auth_file: place.authFile,
});

const iniFor = (place: PgbouncerPlace, spec: object): string =>
  (planFor(place, spec).files['pgbouncer.ini'] ?? '')
    .replace(/^auth_file = .*$/m, `auth_file = ${place.authFile}`)
    .replace(/^%include .*$/m, '[databases]\nchatstack = host=127.0.0.1 port=1');

test('a pooler that runs the planned file shows every planned setting, and after a RELOAD those of the next plan', async () => {
  const admin = { user: 'chatstack_admin', password: 'secret' };
  const pooler = await startPgbouncer({ admin, ini: (place) => iniFor(place, {}) });
  try {
    const target = { host: pooler.host, port: pooler.port, ...admin, timeoutMilliseconds: 20_000 };
    const first = settingsFor(pooler, {});
    expect(Object.keys(first)).toContain('default_pool_size');
    expect(await reloadUntilEqual(target, first)).toEqual({ kind: 'equal', reloaded: false });

    const resized = { pgbouncer: { poolSize: 9, minPoolSize: 3, reservePoolSize: 4, maxClientConnections: 500 } };
    const next = settingsFor(pooler, resized);
    expect(await reloadUntilEqual(target, next)).toMatchObject({ kind: 'different' });
    await pooler.reload(iniFor(pooler, resized));
    expect(await reloadUntilEqual(target, next)).toMatchObject({ kind: 'equal' });
  } finally {
    await pooler.stop();
  }
});
