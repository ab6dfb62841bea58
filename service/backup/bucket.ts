import { createHash } from 'node:crypto';
import { setTimeout as elapse } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import type { BucketConfig } from './backup-config.ts';
import { readElements, readText } from './xml.ts';

/** Tries of one request, and the pause before the second one in milliseconds; each further pause is twice as long. */
const TRIES = 5;
const FIRST_PAUSE = 500;

/** Longest time for one request and its answer, in milliseconds: a part of 16 MiB at 140 KB/s. */
const LONGEST_REQUEST = 120_000;

/** The store refused a request, or could not be reached; the message says which, and what it answered. */
export class BucketError extends Error {
  override readonly name = 'BucketError';
  /** HTTP status; 0: no answer. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A multipart upload that nobody completed. */
export type OpenUpload = { readonly key: string; readonly uploadId: string; readonly startedAt: number };

type Call = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** '' for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * The few requests that backups need of an S3-compatible store. Every request carries the digest of its body, which the store
 * checks. What may be cured by another try (no answer, 429, 5xx) is tried five times.
 */
export class Bucket {
  readonly #config: BucketConfig;
  readonly #client: AwsClient;

  constructor(config: BucketConfig) {
    this.#config = config;
    const { region, accessKeyId, secretAccessKey } = config;
    this.#client = new AwsClient({ service: 's3', region, accessKeyId, secretAccessKey, retries: 0 });
  }

  /** Keys that begin with the prefix, with their sizes in bytes, in the order of their names. */
  async list(prefix: string): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    let token: string | undefined;
    do {
      const query = { 'list-type': '2', prefix, ...(token === undefined ? {} : { 'continuation-token': token }) };
      const page = await (await this.#send({ method: 'GET', key: '', query })).text();
      for (const each of readElements(page, 'Contents'))
        found.set(readText(each, 'Key'), Number(readText(each, 'Size')));
      token = readText(page, 'NextContinuationToken') || undefined;
    } while (token !== undefined);
    return found;
  }

  /** A small object as text. */
  async read(key: string): Promise<string> {
    return (await this.#send({ method: 'GET', key })).text();
  }

  /**
   * Some bytes of an object, at most so many from there. A part at a time and whole: each may be tried again, and Node's fetch ends the
   * process (an assertion) when a server closes the connection of an answer that is read with pauses.
   */
  async readPart(key: string, from: number, bytes: number): Promise<Buffer> {
    const headers = { range: `bytes=${from}-${from + bytes - 1}` };
    const answer = await this.#send({ method: 'GET', key, headers });
    return Buffer.from(await answer.arrayBuffer());
  }

  /** Writes a small object at once. */
  async write(key: string, body: Buffer): Promise<void> {
    await this.#send({ method: 'PUT', key, body });
  }

  async remove(key: string): Promise<void> {
    await this.#send({ method: 'DELETE', key });
  }

  /** Begins an object of several parts, which is there when `completeUpload` is answered and not before. */
  async beginUpload(key: string): Promise<string> {
    const answer = await (await this.#send({ method: 'POST', key, query: { uploads: '' } })).text();
    const id = readText(answer, 'UploadId');
    if (!id) throw new BucketError(0, `POST ${key}: expected an UploadId, found ${answer.slice(0, 200)}`);
    return id;
  }

  /** Writes one part (number from 1; at least 5 MiB unless it is the last one) and answers its ETag. */
  async writePart(key: string, uploadId: string, number: number, body: Buffer): Promise<string> {
    const query = { partNumber: String(number), uploadId };
    const { headers } = await this.#send({ method: 'PUT', key, query, body });
    const tag = headers.get('etag');
    if (!tag) throw new BucketError(0, `PUT ${key}: expected an ETag of part ${number}, found none`);
    return tag;
  }

  async completeUpload(key: string, uploadId: string, tags: readonly string[]): Promise<void> {
    const parts = tags.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
    const answer = await (await this.#send({ method: 'POST', key, query: { uploadId }, body })).text();
    // The one request that may be answered 200 and have failed.
    if (answer.includes('<Error>')) throw new BucketError(500, `POST ${key}: ${describeAnswer(answer)}`);
  }

  async abortUpload(key: string, uploadId: string): Promise<void> {
    await this.#send({ method: 'DELETE', key, query: { uploadId } });
  }

  /** Multipart uploads that were begun and neither completed nor aborted. */
  async listUploads(prefix: string): Promise<OpenUpload[]> {
    const answer = await (await this.#send({ method: 'GET', key: '', query: { uploads: '', prefix } })).text();
    return readElements(answer, 'Upload').map((each) => ({
      key: readText(each, 'Key'),
      uploadId: readText(each, 'UploadId'),
      startedAt: Date.parse(readText(each, 'Initiated')),
    }));
  }

  async #send(call: Call): Promise<Response> {
    for (let number = 1; ; number += 1) {
      const answer = await this.#attempt(call);
      if (!(answer instanceof BucketError)) return answer;
      const isCurable = answer.status === 0 || answer.status === 429 || answer.status >= 500;
      if (!isCurable || number === TRIES) throw answer;
      await elapse(FIRST_PAUSE * 2 ** (number - 1));
    }
  }

  async #attempt({ method, key, query = {}, body, headers = {} }: Call): Promise<Response | BucketError> {
    const what = `${method} ${key || 'of the bucket'} at ${this.#config.endpoint}/${this.#config.bucket}`;
    const digest = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    try {
      const answer = await this.#client.fetch(this.#urlOf(key, query), {
        method,
        headers: { ...headers, 'x-amz-content-sha256': digest },
        signal: AbortSignal.timeout(LONGEST_REQUEST),
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      });
      if (answer.ok) return answer;
      return new BucketError(answer.status, `${what}: ${answer.status} ${describeAnswer(await answer.text())}`);
    } catch (error) {
      const { message, cause } = error as Error;
      return new BucketError(0, `${what}: no answer: ${cause instanceof Error ? cause.message : message}`);
    }
  }

  #urlOf(key: string, query: Readonly<Record<string, string>>): string {
    const { endpoint, bucket } = this.#config;
    const path = [bucket, ...key.split('/')].map(encodeURIComponent).join('/');
    return `${endpoint}/${path}?${new URLSearchParams(query)}`;
  }
}

/** What S3 says of an error: its code and words; or the beginning of what else came. */
function describeAnswer(text: string): string {
  const code = readText(text, 'Code');
  return code ? `${code}: ${readText(text, 'Message')}` : text.slice(0, 200);
}
