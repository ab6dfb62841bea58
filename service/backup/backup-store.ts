import { createHash } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bucket } from './bucket.ts';

/** Bytes of a part; one part is in memory at a time. */
const PART_BYTES = 16 * 1024 ** 2;

/** Most parts that S3 takes of one object, less some to spare. */
const MOST_PARTS = 9_000;

/** An upload that is older than this, in milliseconds, is of a program that ended. */
const ABANDONED_AFTER = 24 * 3_600_000;

/** The id of a backup: when it was made, in UTC. */
export const ID = /^\d{8}T\d{6}Z$/;

/** What a manifest says of its dump; written by the script that made it. */
export type Manifest = {
  readonly format: number;
  readonly id: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
  readonly seconds: number;
};

/** The backup that was asked for is not there, or not whole. Trying again does not help. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

/**
 * The backups of one stack in a bucket. A backup is there when its manifest is, which is written last and deleted first.
 *
 *     <prefix><id>/dump  <prefix><id>/manifest.json
 */
export class BackupStore {
  readonly #bucket: Bucket;
  readonly #prefix: string;
  readonly #partBytes: number;

  constructor(bucket: Bucket, prefix: string, partBytes = PART_BYTES) {
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#partBytes = partBytes;
  }

  /** Ids of complete backups, newest first. */
  async ids(): Promise<string[]> {
    return [...(await this.#files())]
      .filter(([, names]) => names.has('manifest.json'))
      .map(([id]) => id)
      .sort()
      .reverse();
  }

  /** The manifest of a complete backup as it was written. */
  readManifest(id: string): Promise<string> {
    return this.#bucket.read(this.#keyOf(id, 'manifest.json'));
  }

  /** Brings a backup of a folder into the bucket. */
  async upload(folder: string, id: string): Promise<Manifest> {
    const text = await readFile(join(folder, id, 'manifest.json'));
    const manifest = JSON.parse(text.toString('utf8')) as Manifest;
    const key = this.#keyOf(id, 'dump');
    const uploadId = await this.#bucket.beginUpload(key);
    try {
      await this.#bucket.completeUpload(
        key,
        uploadId,
        await this.#writeParts(join(folder, id, 'dump'), key, uploadId, manifest),
      );
    } catch (error) {
      await this.#bucket.abortUpload(key, uploadId).catch(() => undefined); // the first error is the one to tell
      throw error;
    }
    await this.#bucket.write(this.#keyOf(id, 'manifest.json'), text);
    return manifest;
  }

  /** Brings a backup (an id, or "latest") into a folder, checked against its manifest. Throws BackupRefused. */
  async fetch(folder: string, wanted: string): Promise<string> {
    const ids = await this.ids();
    const id = wanted === 'latest' ? ids[0] : ids.find((each) => each === wanted);
    if (id === undefined) {
      const found = ids.join(' ') || 'no backup at all';
      throw new BackupRefused(
        `expected a complete backup ${wanted}, found none; there are: ${found}. The database is as it was`,
      );
    }
    const text = await this.readManifest(id);
    const manifest = JSON.parse(text) as Manifest;
    await mkdir(join(folder, id), { recursive: true });
    const found = await this.#readParts(join(folder, id, 'dump'), this.#keyOf(id, 'dump'), manifest.bytes);
    if (found.bytes !== manifest.bytes || found.sha256 !== manifest.sha256) {
      const expected = `expected ${manifest.bytes} bytes with the digest of the manifest in the dump of ${id}`;
      throw new BackupRefused(
        `${expected}, found ${found.bytes} or others: it is damaged; restore another. The database is as it was`,
      );
    }
    await writeFile(join(folder, id, 'manifest.json'), text);
    return id;
  }

  /** Deletes the oldest backups until `keep` complete ones are there, and what became of none; answers their ids. */
  async retain(keep: number, now: number): Promise<string[]> {
    const ids = await this.ids();
    const newest = ids[0];
    const files = await this.#files();
    // What is newer than the newest complete one may be on its way.
    const leftOver = [...files.keys()].filter((id) => !ids.includes(id) && newest !== undefined && id < newest);
    const removed = [...ids.slice(keep), ...leftOver];
    for (const id of removed) {
      const names = [...(files.get(id) ?? [])].sort((one) => (one === 'manifest.json' ? -1 : 1));
      for (const name of names) await this.#bucket.remove(this.#keyOf(id, name));
    }
    for (const { key, uploadId, startedAt } of await this.#bucket.listUploads(this.#prefix)) {
      if (now - startedAt > ABANDONED_AFTER) await this.#bucket.abortUpload(key, uploadId);
    }
    return removed;
  }

  async #writeParts(path: string, key: string, uploadId: string, { bytes, sha256 }: Manifest): Promise<string[]> {
    const size = Math.max(this.#partBytes, Math.ceil(bytes / MOST_PARTS));
    const buffer = Buffer.allocUnsafe(Math.min(size, Math.max(bytes, 1)));
    const digest = createHash('sha256');
    const tags: string[] = [];
    const file = await open(path);
    try {
      for (let done = 0; done < bytes; ) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, bytes - done), done);
        if (bytesRead === 0) break;
        const part = buffer.subarray(0, bytesRead);
        digest.update(part);
        tags.push(await this.#bucket.writePart(key, uploadId, tags.length + 1, part));
        done += bytesRead;
      }
    } finally {
      await file.close();
    }
    if (digest.digest('hex') !== sha256)
      throw new Error(`expected ${path} to have the digest of its manifest, found another`);
    return tags;
  }

  /** Writes an object to a file; answers what it was. */
  async #readParts(path: string, key: string, size: number): Promise<Pick<Manifest, 'bytes' | 'sha256'>> {
    const digest = createHash('sha256');
    const file = await open(path, 'w');
    let bytes = 0;
    try {
      while (bytes < size) {
        const part = await this.#bucket.readPart(key, bytes, Math.min(this.#partBytes, size - bytes));
        if (part.length === 0) break;
        digest.update(part);
        await file.writeFile(part);
        bytes += part.length;
      }
    } finally {
      await file.close();
    }
    return { bytes, sha256: digest.digest('hex') };
  }

  /** Id → names of its objects. */
  async #files(): Promise<Map<string, Set<string>>> {
    const files = new Map<string, Set<string>>();
    for (const key of (await this.#bucket.list(this.#prefix)).keys()) {
      const [id = '', name = ''] = key.slice(this.#prefix.length).split('/');
      if (ID.test(id)) files.set(id, (files.get(id) ?? new Set()).add(name));
    }
    return files;
  }

  #keyOf(id: string, name: string): string {
    return `${this.#prefix}${id}/${name}`;
  }
}
