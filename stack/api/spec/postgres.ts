import { z } from 'zod';
import {
  bytesField,
  celRules,
  countField,
  imageField,
  objectNameField,
  resourcesField,
  secretKeyField,
  serverHostField,
} from '../fields.ts';
import {
  backupRules,
  backupVolumeRules,
  decidedParameters,
  defaultStorageSize,
  externalExpectsNo,
  externalRules,
  modeRules,
  parametersRules,
  postgresRules,
} from '../rules.ts';

/** A volume that the stack claims. */
const volumeField = () =>
  z.strictObject({
    size: bytesField('1Gi', '64Ti')
      .default(defaultStorageSize)
      .describe('Size of the volume. It may grow, never shrink.'),
    storageClassName: objectNameField()
      .optional()
      .describe("StorageClass of the volume. Unset: the cluster's default."),
  });

const backup = z
  .strictObject({
    schedule: z
      .string()
      .max(128)
      .regex(/^(@(hourly|daily|weekly|monthly)|(\S+\s+){4}\S+)$/, {
        error: 'a cron schedule of five fields, such as "0 3 * * *"',
      })
      .default('0 3 * * *')
      .describe('When backups are made, in cron form, UTC.'),
    keep: countField(1, 365)
      .default(7)
      .describe('How many backups are kept; older ones are deleted once a newer one is complete.'),
    volume: volumeField()
      .meta(celRules(...backupVolumeRules))
      .optional()
      .describe('A volume for the backups. Either this or s3.'),
    s3: z
      .strictObject({
        bucket: z
          .string()
          .min(3)
          .max(63)
          .regex(/^[a-z0-9][-.a-z0-9]+$/, { error: 'the name of a bucket' })
          .describe('Name of the bucket.'),
        prefix: z
          .string()
          .max(512)
          .regex(/^[-_./A-Za-z0-9]*$/, { error: 'letters, digits, "-", "_", "." and "/"' })
          .optional()
          .describe('What keys begin with. Unset: namespace and name of the stack.'),
        endpoint: z
          .url({ protocol: /^https?$/, error: 'a URL such as https://s3.eu-central-1.amazonaws.com' })
          .max(512)
          .optional()
          .describe('URL of an S3-compatible store. Unset: Amazon S3 of the region.'),
        region: z
          .string()
          .max(64)
          .regex(/^[-a-z0-9]+$/, { error: 'the name of a region, such as eu-central-1' })
          .default('us-east-1')
          .describe('Region of the bucket.'),
        secretRef: z
          .strictObject({ name: objectNameField().describe('Name of the Secret.') })
          .describe('Secret in the same namespace with the keys `access-key-id` and `secret-access-key`.'),
      })
      .optional()
      .describe('A bucket of an S3-compatible store for the backups. Either this or volume.'),
  })
  .check((context) => {
    const { volume, s3 } = context.value;
    if ((volume === undefined) === (s3 === undefined))
      context.issues.push({ code: 'custom', input: context.value, path: [], message: 'either volume or s3' });
  })
  .meta(celRules(...backupRules));

const external = z
  .strictObject({
    host: serverHostField().describe('Host name or IPv4 address of the server.'),
    port: countField(1, 65_535).default(5432).describe('Port of the server.'),
    database: z
      .string()
      .max(63)
      .regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, { error: 'the name of a database: letters, digits, "_" and "-"' })
      .describe('Name of the database. Its user must own it, since migrations create tables in it.'),
    secretRef: z
      .strictObject({ name: objectNameField().describe('Name of the Secret.') })
      .describe(
        'Secret in the same namespace with the keys `username` and `password`. A change of them is noticed at once, and pods start again with it.',
      ),
    maxConnections: countField(10, 100_000)
      .optional()
      .describe(
        'How many connections of the server this stack may count on. Unset: its `max_connections`, read from the server.',
      ),
    tls: z
      .strictObject({
        mode: z
          .enum(['Disable', 'Prefer', 'Require', 'VerifyFull'])
          .default('Prefer')
          .describe(
            'Whether connections are encrypted, and whether the certificate of the server is checked (VerifyFull).',
          ),
        caSecretRef: secretKeyField()
          .optional()
          .describe('Certificate of the authority, in PEM. VerifyFull only, required there.'),
      })
      .prefault({})
      .describe('Encryption of the connections to it.'),
  })
  .check((context) => {
    const { mode, caSecretRef } = context.value.tls;
    if ((mode === 'VerifyFull') !== (caSecretRef !== undefined))
      context.issues.push({
        code: 'custom',
        input: caSecretRef,
        path: ['tls', 'caSecretRef'],
        message: mode === 'VerifyFull' ? 'the authority to check against' : `no such field with mode ${mode}`,
      });
  })
  .meta(celRules(...externalRules));

/** The fields of spec.postgres. */
export const postgresField = z
  .strictObject({
    mode: z
      .enum(['Managed', 'CloudNativePG', 'External'])
      .default('Managed')
      .meta({
        description:
          'Managed: the stack runs one Postgres with a volume. CloudNativePG: that operator runs a cluster of them, with failover. External: the stack uses a server that somebody else runs.',
        ...celRules(...modeRules),
      }),
    image: imageField().optional().describe('Image of Postgres 15 or newer. Not with External.'),
    instances: countField(1, 9)
      .optional()
      .describe('Number of Postgres instances, one of which takes writes. CloudNativePG only, where unset means 3.'),
    storage: volumeField()
      .optional()
      .describe(`The volume of Postgres, ${defaultStorageSize} when unset. Not with External.`),
    resources: resourcesField()
      .optional()
      .describe(
        'Requests and limits of Postgres; its memory settings follow the memory request. Unset parts: by `size`. Not with External.',
      ),
    parameters: z
      .record(
        z.string(),
        z
          .string()
          .max(1024)
          .regex(/^[^\r\n]*$/, { error: 'one line of text' }),
      )
      .check((context) => {
        for (const name of Object.keys(context.value))
          if (!/^[a-z_][a-z0-9_.]{0,63}$/.test(name) || (decidedParameters as readonly string[]).includes(name))
            context.issues.push({
              code: 'custom',
              input: name,
              path: [name],
              message: 'the name of a Postgres parameter, in lower case, that ChatStack does not decide itself',
            });
      })
      .optional()
      .meta({
        description: 'Parameters for postgresql.conf, over those of `size`. Not with External.',
        maxProperties: 64,
        ...celRules(...parametersRules),
      }),
    backup: backup.optional().describe('Backups of the database. Managed only: CloudNativePG has its own.'),
    external: external.optional().describe('The server to use. External only.'),
  })
  .check((context) => {
    const value = context.value;
    const refuse = (field: keyof typeof value, message: string) =>
      context.issues.push({ code: 'custom', input: value[field], path: [field], message });
    if (value.mode === 'External') {
      if (value.external === undefined)
        refuse('external', 'host, database and secretRef of the server (mode is External)');
      for (const field of externalExpectsNo)
        if (value[field] !== undefined) refuse(field, 'no such field with mode External, where it would do nothing');
    } else if (value.external !== undefined) {
      refuse('external', `no such field with mode ${value.mode}`);
    }
    if (value.mode !== 'CloudNativePG' && value.instances !== undefined)
      refuse('instances', `no such field with mode ${value.mode}, which runs one Postgres or none`);
    if (value.mode === 'CloudNativePG' && value.backup !== undefined)
      refuse('backup', 'no such field with mode CloudNativePG, whose own backups have point-in-time recovery');
  })
  .meta(celRules(...postgresRules));
