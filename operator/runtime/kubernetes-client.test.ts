import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ApiError, ConnectionError, isAlreadyExists, isConflict, isExpired, isNotFound } from './api-error.ts';
import { connectPlainly } from './cluster-connection.ts';
import { findCluster } from './find-cluster.ts';
import { createKubernetesClient, type KubernetesClient } from './kubernetes-client.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { buildPath, builtIn } from './resource.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, call: number) => void;

const key = { namespace: 'here', name: 'one' };
const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(ending.splice(0).map((end) => end()));
});

/** An API server that answers as the test says. */
async function startServer(handler: Handler): Promise<string> {
  let calls = 0;
  const server = http.createServer((request, response) => {
    calls += 1;
    handler(request, response, calls);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function connect(handler: Handler, clock?: ManualClock): Promise<KubernetesClient> {
  const connection = connectPlainly(await startServer(handler));
  return createKubernetesClient({ connection, fieldManager: 'test', ...(clock && { clock }) });
}

function answer(response: ServerResponse, status: number, body: object, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

const refuse = (status: number, reason: string) => ({ kind: 'Status', code: status, reason, message: `is ${reason}` });

describe('a Kubernetes client', () => {
  test('types what the server answers instead of the object', async () => {
    const cases = [
      [404, 'NotFound', isNotFound],
      [409, 'AlreadyExists', isAlreadyExists],
      [409, 'Conflict', isConflict],
      [410, 'Expired', isExpired],
    ] as const;
    for (const [status, reason, is] of cases) {
      const client = await connect((_request, response) => answer(response, status, refuse(status, reason)));
      const error = await client.get(builtIn.configMap, key).catch((each: unknown) => each);
      expect(is(error)).toBe(true);
      expect(error).toMatchObject({
        status,
        reason,
        message: `GET /api/v1/namespaces/here/configmaps/one: ${status} is ${reason}`,
      });
    }
  });

  test('takes no other error for absence', async () => {
    const client = await connect((request) => request.socket.destroy());
    const error = await client.get(builtIn.configMap, key).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(isNotFound(error)).toBe(false);
    await expect(client.delete(builtIn.configMap, key)).rejects.toThrow(ConnectionError);
  });

  test('deletes what is not there', async () => {
    const client = await connect((_request, response) => answer(response, 404, refuse(404, 'NotFound')));
    await expect(client.delete(builtIn.configMap, key)).resolves.toBeUndefined();
  });

  test('waits as long as a 429 asks, and repeats', async () => {
    const clock = createManualClock();
    const asked = Promise.withResolvers<void>();
    const client = await connect((_request, response, call) => {
      if (call === 1) {
        response.once('close', asked.resolve);
        answer(response, 429, refuse(429, 'TooManyRequests'), { 'retry-after': '3' });
      } else {
        answer(response, 200, { metadata: key });
      }
    }, clock);
    const got = client.get(builtIn.configMap, key);
    await asked.promise;
    await until(() => clock.pending()[0] === 3000);
    clock.advance(3000);
    expect(await got).toEqual({ metadata: key });
  });

  test('gives up on a 429 that asks for longer than a worker should wait, and says how long', async () => {
    const client = await connect((_request, response) =>
      answer(response, 429, refuse(429, 'TooManyRequests'), { 'retry-after': '60' }),
    );
    const error = await client.get(builtIn.configMap, key).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ retryAfterMilliseconds: 60_000 });
  });

  test('gives up on a server that does not answer in time, and says so', async () => {
    const clock = createManualClock();
    const arrived = Promise.withResolvers<void>();
    const client = await connect(() => arrived.resolve(), clock);
    const got = client.get(builtIn.configMap, key);
    const failed = expect(got).rejects.toThrow('expected an answer within 30000 ms, found none');
    await arrived.promise;
    clock.advance(30_000);
    await failed;
  });

  test('reads lists in pages and fills in what the server leaves out of items', async () => {
    const queries: (string | null)[] = [];
    const client = await connect((request, response) => {
      const query = new URL(request.url ?? '', 'http://x').searchParams;
      queries.push(query.get('continue'), query.get('labelSelector'));
      const last = query.has('continue');
      const metadata = { resourceVersion: '7', ...(!last && { continue: 'next&page' }) };
      answer(response, 200, { metadata, items: [{ metadata: { name: last ? 'two' : 'one' } }] });
    });
    const list = await client.list(builtIn.configMap, { labels: { a: 'b', c: 'd' } });
    expect(queries).toEqual([null, 'a=b,c=d', 'next&page', 'a=b,c=d']);
    expect(list).toEqual({
      resourceVersion: '7',
      items: ['one', 'two'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })),
    });
  });

  test('reads watch events that are cut anywhere, and one that never begins is given up', async () => {
    const text = JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'größe' } } });
    const bytes = Buffer.from(`${text}\n${text}\n`);
    const client = await connect((_request, response) => {
      response.writeHead(200);
      for (const byte of bytes) {
        response.write(Buffer.of(byte));
      }
      response.end();
    });
    const options = { resourceVersion: '1', signal: new AbortController().signal, timeoutSeconds: 1 };
    const names: string[] = [];
    for await (const { object } of client.watch(builtIn.configMap, { ...options, idleMilliseconds: 5000 })) {
      names.push(object.metadata.name);
    }
    expect(names).toEqual(['größe', 'größe']);
    const clock = createManualClock();
    const arrived = Promise.withResolvers<void>();
    const silent = await connect(() => arrived.resolve(), clock);
    const watch = silent.watch(builtIn.configMap, { ...options, idleMilliseconds: 5000 })[Symbol.asyncIterator]();
    const failed = expect(watch.next()).rejects.toThrow('within 5000 ms');
    await arrived.promise;
    clock.advance(5000);
    await failed;
  });

  test('refuses to address an object without a name: that would be the whole collection', () => {
    expect(() => buildPath(builtIn.configMap, { namespace: 'here', name: '' })).toThrow('expected a name');
    expect(() => buildPath(builtIn.configMap, { name: 'one', namespace: '' })).toThrow('a namespace');
    expect(buildPath(builtIn.deployment, key, 'status')).toBe('/apis/apps/v1/namespaces/here/deployments/one/status');
  });
});

describe('finding the cluster', () => {
  async function createFolder(files: Record<string, string>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'cluster-'));
    ending.push(() => rm(folder, { recursive: true }));
    await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
    return folder;
  }

  const kubeconfig = (user: object, cluster: object = {}) =>
    JSON.stringify({
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://example.dev:6443', ...cluster } }],
      users: [{ name: 'u', user }],
    });

  test('prefers KUBECONFIG, and takes tokens, passwords and files beside it', async () => {
    const folder = await createFolder({
      token: 'from-file\n',
      a: kubeconfig({ token: 'secret' }),
      b: kubeconfig({ username: 'me', password: 'pass' }),
      c: kubeconfig({ tokenFile: 'token' }),
    });
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    const found = await findCluster({ ...env, KUBECONFIG: join(folder, 'a') });
    expect(found).toMatchObject({ namespace: 'team', server: new URL('https://example.dev:6443') });
    const headers = [];
    for (const name of ['a', 'b', 'c']) {
      headers.push((await (await findCluster({ KUBECONFIG: join(folder, name) })).credentials()).headers.authorization);
    }
    expect(headers).toEqual(['Bearer secret', `Basic ${btoa('me:pass')}`, 'Bearer from-file']);
  });

  test('leaves credential plugins to client-node', async () => {
    const plugin = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'echo',
      args: [JSON.stringify({ status: { token: 'from-plugin' } })],
    };
    const folder = await createFolder({ config: kubeconfig({ exec: plugin }) });
    const { headers, agent } = await (await findCluster({ KUBECONFIG: join(folder, 'config') })).credentials();
    expect(headers.Authorization).toBe('Bearer from-plugin');
    expect(agent).toBeInstanceOf(http.Agent);
  });

  test('says which context is missing', async () => {
    const folder = await createFolder({ config: kubeconfig({}).replace('"u"', '"other"') });
    await expect(findCluster({ KUBECONFIG: join(folder, 'config') })).rejects.toThrow(
      'expected a user named "other", found u',
    );
    await expect(findCluster({})).rejects.toThrow('Set KUBECONFIG');
  });

  test('reads the token of a service account again after a minute, and at once when it is refused', async () => {
    const clock = createManualClock();
    const folder = await createFolder({ token: 'one', 'ca.crt': '', namespace: 'team\n' });
    const found = await findCluster(
      { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443', SERVICE_ACCOUNT_FOLDER: folder },
      clock,
    );
    const token = async (refused?: boolean) => (await found.credentials(refused)).headers.authorization;
    expect(found).toMatchObject({ namespace: 'team', server: new URL('https://[fd00::1]:443') });
    expect(await token()).toBe('Bearer one');
    await writeFile(join(folder, 'token'), 'two');
    expect(await token()).toBe('Bearer one');
    clock.advance(60_001);
    expect(await token()).toBe('Bearer two');
    await writeFile(join(folder, 'token'), 'three');
    expect(await token(true)).toBe('Bearer three');
  });

  test('asks for fresh credentials once after a 401', async () => {
    const server = await startServer((request, response) => {
      const fresh = request.headers.authorization === 'Bearer fresh';
      answer(response, fresh ? 200 : 401, fresh ? { metadata: key } : refuse(401, 'Unauthorized'));
    });
    const { credentials, ...plain } = connectPlainly(server);
    const client = createKubernetesClient({
      fieldManager: 'test',
      connection: {
        ...plain,
        credentials: async (refused) => ({
          ...(await credentials()),
          headers: { authorization: refused ? 'Bearer fresh' : 'Bearer old' },
        }),
      },
    });
    expect(await client.get(builtIn.configMap, key)).toEqual({ metadata: key });
  });
});

/** Resolves when the condition holds, looking at every turn of the event loop. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
