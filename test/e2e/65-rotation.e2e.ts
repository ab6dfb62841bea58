import { standardPorts } from '@chatstack/stack/plan/placement.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rotatePasswords } from '../faults/catalogue/changes.ts';
import { type NodeShell, startNodeShell } from '../faults/node-shell.ts';
import { formatRun } from '../faults/report/table.ts';
import { runFault } from '../faults/run-fault.ts';
import { chatstack } from './backups.ts';
import { readContext, stackNamespace } from './context.ts';
import { recordFigure } from './figures.ts';
import { inNamespace } from './kubectl.ts';
import { loadThroughProxy } from './proxied-load.ts';
import { ensureStack, podsOf } from './stack.ts';
import { tell } from './tell.ts';

const context = readContext();
const namespace = stackNamespace(context);

let nodes: NodeShell;
beforeAll(async () => {
  await ensureStack(context);
  nodes = await startNodeShell(`${context.stackNamespace}-nodes`);
});
afterAll(() => nodes?.remove());

/** The generated passwords, and who has its turn. */
async function readCredentials(): Promise<Record<string, string>> {
  const { data = {} } = await namespace.get('secret', `${context.stackName}-credentials`);
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]));
}

/** What a server says of a login, within its own pod. */
async function logIn(component: 'postgres' | 'pgbouncer', user: string, password = ''): Promise<string> {
  const [pod] = await podsOf(context, component);
  const port = String(standardPorts[component]);
  const command =
    'PGPASSWORD="$0" PGCONNECT_TIMEOUT=5 psql -X -h 127.0.0.1 -p "$1" -U "$2" -d chatstack -Atc "select current_user" 2>&1 || :';
  return (await namespace.exec(pod?.metadata.name ?? '', ['sh', '-c', command, password, port, user])).trim();
}

async function pingRedis(password: string): Promise<string> {
  const command = 'REDISCLI_AUTH="$0" redis-cli ping 2>&1';
  return (await namespace.exec(`deploy/${context.stackName}-redis`, ['sh', '-c', command, password])).trim();
}

test('passwords are rotated under load without a failed request, and the former ones are refused afterwards', async () => {
  const { operatorImage: operator, serviceImage: service, otherServiceImage: otherService } = context;
  const scene = {
    ...{ place: context, namespace, nodes, images: { operator, service, otherService } },
    operator: inNamespace(context.operatorNamespace),
  };
  const before = await readCredentials();
  const after: Record<string, string> = {};
  const refused: Record<string, string> = {};
  const run = await runFault(
    scene,
    {
      ...rotatePasswords,
      // Before Postgres starts again: nothing but the rotation itself has made them refuse it.
      restore: async (place) => {
        Object.assign(after, await readCredentials());
        const formerUser = before['service-user'] ?? 'chatstack';
        refused.postgres = await logIn('postgres', formerUser, before['service-password']);
        refused.pgbouncer = await logIn('pgbouncer', formerUser, before['service-password']);
        refused.superuser = await logIn('postgres', 'postgres', before['postgres-password']);
        refused.redis = await pingRedis(before['redis-password'] ?? '');
        refused.present = await logIn('pgbouncer', after['service-user'] ?? '', after['service-password']);
        await rotatePasswords.restore?.(place);
      },
    },
    loadThroughProxy(context),
  );
  tell(formatRun(run, false));
  const failed = `${run.seen.retrying.failed} of ${run.seen.retrying.requests} with retries, ${run.seen.plain.failed} of ${run.seen.plain.requests} without`;
  recordFigure(context.figuresFile, {
    what: 'requests that failed while passwords were rotated',
    target: '0',
    measured: failed,
    met: run.seen.retrying.failed === 0 && run.seen.plain.failed === 0,
  });
  expect(run.void).toBeUndefined();
  expect(run.seen.retrying.failed).toBe(0);
  expect(run.violations).toEqual([]);
  expect(run.acknowledged).toBeGreaterThan(20);
  expect(run.restarts).toBe(0);
  expect(after['service-user']).toBe('chatstack_b');
  expect(Object.keys(before).filter((key) => after[key] === before[key])).toEqual([]);
  expect(Object.keys(after).filter((key) => key.startsWith('other-'))).toEqual([]);
  expect(refused).toEqual({
    postgres: expect.stringContaining('authentication failed'),
    pgbouncer: expect.stringMatching(/authentication failed|no such user/),
    superuser: expect.stringContaining('authentication failed'),
    redis: expect.stringMatching(/WRONGPASS|NOAUTH/),
    present: 'chatstack',
  });
});

test('the command rotates them once more, which gives the first login its turn again', async () => {
  const before = await readCredentials();
  const told = await chatstack(context, ['rotate', context.stackName, '--wait']);
  expect(told).toMatch(/are refused since \d{4}-/);
  const after = await readCredentials();
  expect(after['service-user']).toBe('chatstack');
  expect(after['redis-password']).not.toBe(before['redis-password']);
  await rotatePasswords.restore?.({ place: context, namespace } as never);
});
