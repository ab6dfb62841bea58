import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeWithObjectStore,
  type ObjectStoreEngine,
  startObjectStore,
} from '@chatstack/test/engines/object-store.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BackupStore } from './backup-store.ts';
import { Bucket } from './bucket.ts';
import { readElements, readText } from './xml.ts';

/** The least that S3 takes of a part that is not the last one. */
const PART = 5 * 1024 ** 2;
const day = 24 * 3_600_000;

describeWithObjectStore('Backups in a bucket', () => {
  let engine: ObjectStoreEngine;
  let folder: string;
  let prefix: string;
  let bucket: Bucket;
  let store: BackupStore;

  beforeAll(async () => {
    engine = await startObjectStore();
  });
  afterAll(() => engine?.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chatstack-backup-'));
    prefix = `chat/${randomBytes(4).toString('hex')}/`;
    bucket = new Bucket(engine);
    store = new BackupStore(bucket, prefix, PART);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const make = (id: string, bytes = 100, digest?: string): Buffer => {
    const dump = randomBytes(bytes);
    const sha256 = digest ?? createHash('sha256').update(dump).digest('hex');
    mkdirSync(join(folder, id), { recursive: true });
    writeFileSync(join(folder, id, 'dump'), dump);
    writeFileSync(
      join(folder, id, 'manifest.json'),
      JSON.stringify({ format: 1, id, bytes, sha256, rows: 5, seconds: 1 }, null, 2),
    );
    return dump;
  };
  const first = '20260101T000000Z';
  const second = '20260102T000000Z';
  const third = '20260103T000000Z';

  test('come back byte for byte, of however many parts', async () => {
    for (const [id, bytes] of [
      [first, 1],
      [second, PART],
      [third, 2 * PART + 7],
    ] as const) {
      const dump = make(id, bytes);
      await store.upload(folder, id);
      rmSync(join(folder, id), { recursive: true });
      expect(await store.fetch(folder, 'latest')).toBe(id);
      expect(readFileSync(join(folder, id, 'dump')).equals(dump)).toBe(true);
    }
    expect(await store.ids()).toEqual([third, second, first]);
  });

  test('count only with their manifest, which comes last', async () => {
    make(first);
    make(second, 100, 'of something else');
    await store.upload(folder, first);
    await expect(store.upload(folder, second)).rejects.toThrow(/digest/);
    expect(await store.ids()).toEqual([first]);
    expect(await bucket.listUploads(prefix)).toEqual([]);
    await bucket.write(`${prefix}${third}/dump`, Buffer.from('cut off'));
    expect(await store.ids()).toEqual([first]);
  });

  test('are kept as many as asked for; what was cut off before the newest one goes too', async () => {
    for (const id of [first, second, third]) {
      make(id);
      await store.upload(folder, id);
    }
    const cut = '20251231T000000Z';
    await bucket.write(`${prefix}${cut}/dump`, Buffer.from('cut off'));
    await bucket.beginUpload(`${prefix}${cut}/dump`);
    expect((await store.retain(2, Date.now())).sort()).toEqual([cut, first]);
    expect([...(await bucket.list(prefix)).keys()]).toHaveLength(4);
    expect(await bucket.listUploads(prefix)).toHaveLength(1);
    await store.retain(2, Date.now() + 2 * day);
    expect(await bucket.listUploads(prefix)).toEqual([]);
  });

  test('that are damaged or not there are refused', async () => {
    make(first);
    await store.upload(folder, first);
    writeFileSync(join(engine.folder, prefix, first, 'dump'), randomBytes(100));
    await expect(store.fetch(folder, 'latest')).rejects.toThrow(/it is damaged/);
    await expect(store.fetch(folder, second)).rejects.toThrow(`there are: ${first}`);
    expect(existsSync(join(folder, second))).toBe(false);
  });

  test('a wrong login is told with what the store says', async () => {
    const other = new BackupStore(new Bucket({ ...engine, secretAccessKey: 'another' }), prefix);
    await expect(other.ids()).rejects.toThrow(/GET of the bucket at .*\/backups: 403 SignatureDoesNotMatch/);
  });
});

describe('A store that fails', () => {
  test('is asked again where that may help', async () => {
    let requests = 0;
    const server = createServer((request, response) => {
      requests += 1;
      request.resume();
      response.statusCode = requests < 3 ? 503 : 200;
      response.end('<ListBucketResult><Contents><Key>a&amp;b</Key><Size>3</Size></Contents></ListBucketResult>');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const login = { accessKeyId: 'a', secretAccessKey: 'b', region: 'c', bucket: 'bucket' };
    expect([...(await new Bucket({ ...login, endpoint }).list(''))]).toEqual([['a&b', 3]]);
    expect(requests).toBe(3);
    server.close();
  });
});

test('elements of an answer are found, and entities read', () => {
  const xml = '<List><Key>a</Key><Key>&quot;b&#x41;&#66;&quot;</Key></List>';
  expect(readElements(xml, 'Key')).toHaveLength(2);
  expect([readText(xml, 'Key'), readText(readElements(xml, 'Key')[1] ?? '', 'Key')]).toEqual(['a', '']);
  expect(readText('<Key>&quot;b&#x41;&#66;&quot;</Key>', 'Key')).toBe('"bAB"');
});
