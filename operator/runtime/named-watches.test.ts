import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ApiError } from './api-error.ts';
import { connectPlainly } from './cluster-connection.ts';
import { createKubernetesClient, type KubernetesClient } from './kubernetes-client.ts';
import { silentLog } from './log.ts';
import { createNamedWatches, type NamedWatches } from './named-watches.ts';
import { formatKey, type KubernetesObject, type ObjectKey } from './object.ts';
import { reflectorLimits } from './reflector.ts';
import { builtIn } from './resource.ts';
import { startTestingProxy, type TestingProxy } from './testing-proxy.ts';

const at = (name: string): ObjectKey => ({ namespace: 'default', name });
const acme = at('acme');
const other = at('other');
const limits = { ...reflectorLimits, backOff: { firstMilliseconds: 1, longestMilliseconds: 20 } };

function secret(name: string, text: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { ...at(name) }, stringData: { text } };
}

describeWithApiServer('watches of single names', (server) => {
  let proxy: TestingProxy;
  let client: KubernetesClient;
  let watches: NamedWatches;
  let stop: AbortController;
  let running: Promise<void>;
  let woken: string[];
  let onWake = Promise.withResolvers<string>();
  /** As somebody else, past the proxy that counts. */
  let author: KubernetesClient;
  let direct: TestingProxy;

  beforeAll(async () => {
    proxy = await startTestingProxy(server());
    direct = await startTestingProxy(server());
    client = createKubernetesClient({ connection: connectPlainly(proxy.url), fieldManager: 'test' });
    author = createKubernetesClient({ connection: connectPlainly(direct.url), fieldManager: 'author' });
  });
  afterAll(async () => {
    await proxy?.close();
    await direct?.close();
  });
  beforeEach(() => {
    proxy.seen.length = 0;
    woken = [];
    onWake = Promise.withResolvers();
    stop = new AbortController();
    const wake = (reader: ObjectKey) => {
      woken.push(formatKey(reader));
      onWake.resolve(formatKey(reader));
      onWake = Promise.withResolvers();
    };
    watches = createNamedWatches({ client, resource: builtIn.secret, wake, log: silentLog, limits });
    running = watches.run(stop.signal);
  });
  afterEach(async () => {
    proxy.fault = () => undefined;
    stop.abort();
    await running;
    for (const { metadata } of (await author.list(builtIn.secret, { namespace: 'default' })).items) {
      await author.delete(builtIn.secret, at(metadata.name));
    }
  });

  test('a look at what nobody reads sends nothing, one at what is read shows it', async () => {
    await author.create(builtIn.secret, secret('looked-at', 'a'));
    expect(watches.peek(at('looked-at'))).toBeUndefined();
    expect(proxy.seen).toEqual([]);
    await watches.read(acme, at('looked-at'));
    const sent = proxy.seen.length;
    expect(watches.peek(at('looked-at'))?.data).toEqual({ text: 'YQ==' });
    watches.retain(acme, []);
    expect(watches.peek(at('looked-at'))).toBeUndefined();
    expect(proxy.seen).toHaveLength(sent);
  });

  test('the first read lists and watches that one name, and further reads of anybody send nothing', async () => {
    await author.create(builtIn.secret, secret('theirs', 'one'));
    await author.create(builtIn.secret, secret('unread', 'one'));
    const watched = proxy.next((each) => each.isWatch);
    expect(await watches.read(acme, at('theirs'))).toMatchObject({ kind: 'Secret', metadata: { name: 'theirs' } });
    await watched;
    await watches.read(acme, at('theirs'));
    await watches.read(other, at('theirs'));
    expect(proxy.seen.map((each) => each.isWatch)).toEqual([false, true]);
    expect(proxy.seen.every((each) => each.path.includes('fieldSelector=metadata.name%3Dtheirs'))).toBe(true);
    expect(woken).toEqual([]);
  });

  test('a Secret that comes, changes or goes wakes whoever reads it', async () => {
    expect(await watches.read(acme, at('theirs'))).toBeUndefined();
    let next = onWake.promise;
    await author.create(builtIn.secret, secret('theirs', 'one'));
    expect(await next).toBe('default/acme');
    await watches.read(other, at('theirs'));
    woken.length = 0;
    next = onWake.promise;
    await author.patch(builtIn.secret, at('theirs'), { stringData: { text: 'two' } });
    await next;
    expect(woken).toEqual(['default/acme', 'default/other']);
    expect((await watches.read(acme, at('theirs')))?.data).toEqual({ text: Buffer.from('two').toString('base64') });
    next = onWake.promise;
    await author.delete(builtIn.secret, at('theirs'));
    await next;
    expect(await watches.read(acme, at('theirs'))).toBeUndefined();
  });

  test('a watch ends with its last reader, and begins anew with the next one', async () => {
    const watched = proxy.next((each) => each.isWatch);
    await watches.read(acme, at('theirs'));
    await watches.read(other, at('theirs'));
    await watched;
    watches.retain(acme, []);
    expect(watches.size).toBe(1);
    const closed = proxy.nextClosedWatch();
    watches.retain(other, []);
    expect(watches.size).toBe(0);
    await closed;
    await author.create(builtIn.secret, secret('theirs', 'one'));
    expect(await watches.read(acme, at('theirs'))).toBeDefined();
    expect(woken).toEqual([]);
  });

  test('what a reader still names is kept', async () => {
    await watches.read(acme, at('theirs'));
    await watches.read(acme, at('former'));
    watches.retain(acme, [at('theirs')]);
    expect(watches.size).toBe(1);
    proxy.seen.length = 0;
    await watches.read(acme, at('theirs'));
    expect(proxy.seen.filter((each) => !each.isWatch)).toEqual([]);
  });

  test('a list that is refused is told as what it is, never as absence, and the reader is woken when it succeeds', async () => {
    await author.create(builtIn.secret, secret('theirs', 'one'));
    proxy.fault = () => ({ status: 403 });
    const error = await watches.read(acme, at('theirs')).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).status).toBe(403);
    const next = onWake.promise;
    proxy.fault = () => undefined;
    expect(await next).toBe('default/acme');
    expect(await watches.read(acme, at('theirs'))).toBeDefined();
  });

  test('at the end of the process a read that waits fails, and no watch stays', async () => {
    proxy.fault = () => 'silence';
    const asked = proxy.next(() => true);
    const read = watches.read(acme, at('theirs')).catch((each: unknown) => each);
    await asked;
    stop.abort();
    proxy.cutAll();
    expect(await read).toBeInstanceOf(Error);
    await running;
    expect(watches.size).toBe(0);
    await expect(watches.read(acme, at('theirs'))).rejects.toThrow('the process stops');
  });
});
