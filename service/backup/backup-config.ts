import { z } from 'zod';
import { ConfigError, type Environment } from '../config/config.ts';
import { describeFound } from '../domain/faults.ts';

/** A bucket and who may use it. */
export type BucketConfig = {
  /** URL without a slash at its end. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

/** What the programs of backups need to know. */
export type BackupConfig = {
  readonly bucket: BucketConfig;
  /** What the keys of this stack's backups begin with, a slash at its end. */
  readonly prefix: string;
  /** Folder with backups on their way to the bucket or from there. */
  readonly folder: string;
  /** Backups that are kept. */
  readonly keep: number;
  /** The backup to fetch: an id, or "latest". */
  readonly backup: string;
  /** File for the summary. */
  readonly result: string;
};

const environmentSchema = z.object({
  S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  S3_BUCKET: z.string().min(3),
  S3_PREFIX: z.string(),
  S3_REGION: z.string().min(1),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  BACKUPS: z.string().min(1),
  KEEP: z.coerce.number().int().min(1).default(7),
  BACKUP: z.string().default('latest'),
  RESULT: z.string().default('/dev/null'),
});

/** Reads the environment of a backup's container. Throws ConfigError with every fault at once. */
export function parseBackupConfig(environment: Environment): BackupConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const secret = new Set(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']);
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) => {
        const field = String(path[0]);
        const value = environment[field];
        return { field, expected: message, found: value && secret.has(field) ? 'another' : describeFound(value) };
      }),
    );
  }
  const values = parsed.data;
  const endpoint = values.S3_ENDPOINT ?? `https://s3.${values.S3_REGION}.amazonaws.com`;
  return {
    bucket: {
      endpoint: endpoint.replace(/\/+$/, ''),
      bucket: values.S3_BUCKET,
      region: values.S3_REGION,
      accessKeyId: values.AWS_ACCESS_KEY_ID,
      secretAccessKey: values.AWS_SECRET_ACCESS_KEY,
    },
    prefix: values.S3_PREFIX === '' ? '' : `${values.S3_PREFIX.replace(/\/+$/, '')}/`,
    folder: values.BACKUPS,
    keep: values.KEEP,
    backup: values.BACKUP,
    result: values.RESULT,
  };
}
