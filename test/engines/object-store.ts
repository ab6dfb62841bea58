import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { createFolder } from './account.ts';
import { startEngine } from './engine-process.ts';
import { startOnFreePort } from './free-port.ts';
import { findProgram, requireProgram } from './programs.ts';

/** A running S3-compatible store with one bucket. */
export type ObjectStoreEngine = {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** Where its objects are files of their keys' names. */
  readonly folder: string;
  stop(): Promise<void>;
};

/** Starts versitygw, which checks signatures and digests as S3 does, on a free port. */
export async function startObjectStore(): Promise<ObjectStoreEngine> {
  const program = requireProgram('versitygw');
  const folder = createFolder('chatstack-s3', undefined);
  const bucket = 'backups';
  for (const name of [join('objects', bucket), 'metadata']) mkdirSync(join(folder, name), { recursive: true });
  const login = { accessKeyId: 'tester', secretAccessKey: 'not a secret of anybody' };
  const { port, engine } = await startOnFreePort(async (port) => ({
    port,
    engine: await startEngine({
      program,
      args: ['--access', login.accessKeyId, '--secret', login.secretAccessKey, '--port', `127.0.0.1:${port}`]
        .concat('posix', '--sidecar', join(folder, 'metadata'))
        .concat(join(folder, 'objects')),
      ready: /service listening on/,
      folder,
    }),
  })).catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    ...login,
    region: 'us-east-1',
    folder: join(folder, 'objects', bucket),
    stop: async () => {
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `describe` where an object store is installed; elsewhere its tests are skipped, by name. */
export const describeWithObjectStore = findProgram('versitygw') ? describe : describe.skip;
