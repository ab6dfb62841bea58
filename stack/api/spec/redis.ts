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
import { redisRules } from '../rules.ts';

const redisExternal = z.strictObject({
  host: serverHostField().describe('Host name or IPv4 address of the server.'),
  port: countField(1, 65_535).default(6379).describe('Port of the server.'),
  secretRef: z
    .strictObject({ name: objectNameField().describe('Name of the Secret.') })
    .optional()
    .describe(
      'Secret in the same namespace with the key `password`, and `username` where the server has users. Unset: no login.',
    ),
  tls: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Whether connections are encrypted.'),
      caSecretRef: secretKeyField().optional().describe("Certificate of the authority, in PEM. Unset: the system's."),
    })
    .prefault({})
    .describe('Encryption of the connections to it.'),
});

/** The fields of spec.redis. */
export const redisField = z
  .strictObject({
    mode: z
      .enum(['Managed', 'Opstree', 'External'])
      .default('Managed')
      .describe(
        'Managed: the stack runs one Redis. Opstree: the redis-operator of OT-CONTAINER-KIT runs it. External: the stack uses one that somebody else runs.',
      ),
    image: imageField()
      .optional()
      .describe('Image of Redis 7 or newer, or of Valkey. Unset: the one this version of ChatStack was tested with.'),
    maxMemory: bytesField('16Mi', '1Ti').optional().describe('Memory for cached data (`maxmemory`). Unset: by `size`.'),
    maxMemoryPolicy: z
      .enum([
        'allkeys-lru',
        'allkeys-lfu',
        'allkeys-random',
        'volatile-lru',
        'volatile-lfu',
        'volatile-random',
        'volatile-ttl',
      ])
      .default('allkeys-lru')
      .describe('Which keys go when that memory is full (`maxmemory-policy`).'),
    resources: resourcesField().optional().describe('Requests and limits of Redis. Unset parts follow `maxMemory`.'),
    external: redisExternal.optional().describe('The Redis or Valkey to use. External only.'),
  })
  .check((context) => {
    const value = context.value;
    if ((value.mode === 'External') !== (value.external !== undefined))
      context.issues.push({
        code: 'custom',
        input: value.external,
        path: ['external'],
        message:
          value.mode === 'External' ? 'host of the server (mode is External)' : `no such field with mode ${value.mode}`,
      });
    for (const field of ['image', 'maxMemory', 'resources'] as const)
      if (value.mode === 'External' && value[field] !== undefined)
        context.issues.push({
          code: 'custom',
          input: value[field],
          path: [field],
          message: 'no such field with mode External, where it would do nothing',
        });
  })
  .meta(celRules(...redisRules));
