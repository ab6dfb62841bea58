import type { EnvironmentVariable, Files, Resources } from './stack-plan.ts';

/** A volume that backups are kept on. */
export interface BackupVolume {
  readonly kind: 'volume';
  readonly size: string;
  readonly storageClassName?: string;
}

/** A bucket that backups are kept in. */
export interface BackupBucket {
  readonly kind: 's3';
  readonly bucket: string;
  /** What the keys of this stack's backups begin with, without a slash at its end. */
  readonly prefix: string;
  /** Unset: Amazon S3 of the region. */
  readonly endpoint?: string;
  readonly region: string;
  /** The author's Secret, keys `access-key-id` and `secret-access-key`. */
  readonly secretName: string;
}

/** The backups of a Postgres that the stack runs: when, how many, where to, and the programs of backing up and restoring. */
export interface BackupPlan {
  /** Cron form, UTC. */
  readonly schedule: string;
  readonly keep: number;
  readonly target: BackupVolume | BackupBucket;
  /** Has pg_dump, pg_restore and psql of the version that the server has. */
  readonly image: string;
  /** Has the programs for a bucket, and those that make a restored database the service's own. */
  readonly serviceImage: string;
  readonly resources: Resources;
  /** backup.sh, list.sh, load.sh, swap.sh, finish.sh. */
  readonly files: Files;
  /** pg_dump as the owner of the database. */
  readonly environment: readonly EnvironmentVariable[];
  /** pg_restore as the owner, and the superuser's password: the database that is restored into has to be made. */
  readonly restoreEnvironment: readonly EnvironmentVariable[];
  /** `adopt.ts`: straight to the database that is restored into. */
  readonly adoptEnvironment: readonly EnvironmentVariable[];
  /** `forget.ts`: as the service, for its Redis. */
  readonly forgetEnvironment: readonly EnvironmentVariable[];
}
