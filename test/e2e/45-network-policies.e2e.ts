import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readContext, stackNamespace } from './context.ts';
import { inNamespace } from './kubectl.ts';
import {
  type Component,
  clientOf,
  ensureStack,
  installFixtures,
  podsOf,
  replaceSpec,
  selectorOf,
  waitForReady,
} from './stack.ts';
import { knock, knockUntil, prepareStrangers } from './stranger.ts';
import { waitUntil } from './watch.ts';

const context = readContext();
const namespace = stackNamespace(context);
const elsewhere = inNamespace(`${context.stackNamespace}-strangers`);
const policies = { namespace, resource: 'networkpolicies', selector: selectorOf(context) };

const PORTS = { postgres: 5432, pgbouncer: 6432, redis: 6379 } as const;

const withoutPolicies = (): Promise<void> => replaceSpec(context, { networkPolicies: { enabled: false } });

beforeAll(async () => {
  await ensureStack(context);
  await prepareStrangers(elsewhere);
});
afterAll(async () => {
  const { name } = elsewhere;
  await elsewhere.kubectl(['delete', 'namespace', name, '--timeout=180s']);
});

/** Where the pods of a component listen: by the name of their Service, and each by its address. */
async function placesOf(component: Component | 'prometheus', port: number): Promise<string[]> {
  const pods = await podsOf(context, component);
  const service = `${context.stackName}-${component}.${context.stackNamespace}.svc`;
  return [service, ...pods.map(({ status }) => status.podIP as string)].map((host) => `${host}:${port}`);
}

const inner = async (): Promise<string[]> =>
  (
    await Promise.all([
      ...Object.entries(PORTS).map(([component, port]) => placesOf(component as Component, port)),
      placesOf('service', 9464),
      placesOf('prometheus', 9090),
      ...(await podsOf(context, 'exporters')).map(({ status }) => [`${status.podIP}:9187`, `${status.podIP}:9121`]),
      ...(await podsOf(context, 'pgbouncer')).map(({ status }) => [`${status.podIP}:9127`]),
    ])
  ).flat();

const all = (places: string[], state: 'open' | 'closed') => Object.fromEntries(places.map((place) => [place, state]));

describe('a stack with its network policies', () => {
  test('lets nobody from outside reach Postgres, PgBouncer with its admin console, Redis or the metrics', async () => {
    const closed = await inner();
    expect(await knock(elsewhere, context.serviceImage, closed)).toEqual(all(closed, 'closed'));
    // a pod of the same namespace that is no part of the stack is as much a stranger
    expect(await knock(namespace, context.serviceImage, closed)).toEqual(all(closed, 'closed'));
  });

  test('lets everybody reach the service', async () => {
    const open = await placesOf('service', 3001);
    expect(await knock(elsewhere, context.serviceImage, open)).toEqual(all(open, 'open'));
  });

  test('lets its pods reach nothing that they do not need', async () => {
    const [postgres = ''] = await placesOf('postgres', PORTS.postgres);
    const [host, port] = postgres.split(':');
    const ask = `require('node:net').connect({ host: '${host}', port: ${port}, timeout: 3000 })
      .on('connect', () => { console.log('open'); process.exit(); })
      .on('timeout', () => { console.log('closed'); process.exit(); })
      .on('error', () => console.log('closed'))`;
    const found = await namespace.exec(`deploy/${context.stackName}-service`, ['node', '-e', ask]);
    expect(found.trim()).toBe('closed');
  });

  test('is chatted with', async () => {
    await installFixtures(context);
    const client = clientOf(context);
    const { message } = await client.send({ conversationId: 'conv-1', content: 'Behind walls' });
    const { messages } = await client.history({ conversationId: 'conv-1', limit: 1 });
    expect(messages.map(({ id }) => id)).toEqual([message.id]);
  });

  test('has none of them once they are switched off, and then any pod reaches everything', async () => {
    await withoutPolicies();
    await waitForReady(context);
    await waitUntil('the policies to be gone', policies, (found) => found.length === 0);
    const open = all(await inner(), 'open');
    expect(await knockUntil(elsewhere, context.serviceImage, open)).toEqual(open);
    await replaceSpec(context, {});
    await waitForReady(context);
    const closed = all((await placesOf('postgres', PORTS.postgres)).slice(0, 1), 'closed');
    expect(await knockUntil(elsewhere, context.serviceImage, closed)).toEqual(closed);
  });
});
