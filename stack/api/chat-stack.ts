import { z } from 'zod';
import type { Fault } from './fault.ts';
import { summarizeIssues } from './faults-of-issues.ts';
import {
  bytesField,
  celRules,
  countField,
  durationField,
  imageField,
  objectNameField,
  resourcesField,
} from './fields.ts';
import {
  decidedParameters,
  decidedVariables,
  defaultStorageSize,
  modeRules,
  parametersRules,
  pgbouncerRules,
  postgresRules,
  variableNameRules,
  variableRules,
} from './rules.ts';

/** Group of the API. */
export const apiGroup = 'chatstack.dev';
/** Version of the API, as the CRD lists it. */
export const apiVersion = 'v1alpha1';
/** `apiVersion` as it is written in a manifest. */
export const groupVersion = `${apiGroup}/${apiVersion}`;

const variable = z
  .strictObject({
    name: z
      .string()
      .max(128)
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'the name of an environment variable', abort: true })
      .refine((name) => !(decidedVariables as readonly string[]).includes(name), {
        error: 'a variable that ChatStack does not decide itself',
      })
      .meta({ description: 'Name of the variable.', ...celRules(...variableNameRules) }),
    value: z.string().max(4096).optional().describe('Its value, where it is no secret.'),
    valueFrom: z
      .strictObject({
        secretKeyRef: z
          .strictObject({
            name: objectNameField().describe('Name of the Secret.'),
            key: z
              .string()
              .max(253)
              .regex(/^[-._A-Za-z0-9]+$/, { error: 'a key of a Secret: letters, digits, "-", "_" and "."' })
              .describe('Key in the Secret.'),
          })
          .describe(
            'One key of a Secret in the same namespace. Processes that start later see a change of it; those that run do not.',
          ),
      })
      .optional()
      .describe('Where its value is, such as that of `JWT_SECRET`.'),
  })
  .refine(({ value, valueFrom }) => (value === undefined) !== (valueFrom === undefined), {
    error: 'either value or valueFrom',
  })
  .meta(celRules(...variableRules));

const service = z.strictObject({
  image: imageField()
    .optional()
    .describe('Image of the chat service. Unset: the one this version of ChatStack was tested with.'),
  replicas: countField(1, 100).optional().describe('Number of service processes. Unset: by `size`.'),
  resources: resourcesField().optional().describe('Requests and limits of each process. Unset parts: by `size`.'),
  cache: z
    .strictObject({
      enabled: z.boolean().default(true).describe('Whether pages of history are cached in Redis.'),
      recentTTL: durationField(1, 3600)
        .default('30s')
        .describe('How long the newest page of a conversation may be served from the cache.'),
      olderTTL: durationField(1, 3600).default('60s').describe('How long older pages may be served from the cache.'),
    })
    .prefault({})
    .describe(
      'The cache of message history. A sent message makes the pages of its conversation unservable at once, whatever their age.',
    ),
  env: z
    .array(variable)
    .max(64)
    .default([])
    .check((context) => {
      const names = context.value.map(({ name }) => name);
      const index = names.findIndex((name, at) => names.indexOf(name) !== at);
      if (index >= 0)
        context.issues.push({
          code: 'custom',
          input: names[index],
          path: [index, 'name'],
          message: 'each variable once',
        });
    })
    .meta({
      description: 'Further environment variables of the service, such as `LOG_LEVEL`.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
});

const external = z.strictObject({
  host: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/, { error: 'a host name or IPv4 address' })
    .describe('Host name or IPv4 address of the server.'),
  port: countField(1, 65_535).default(5432).describe('Port of the server.'),
  database: z
    .string()
    .max(63)
    .regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, { error: 'the name of a database: letters, digits, "_" and "-"' })
    .describe('Name of the database. Its user must own it, since migrations create tables in it.'),
  secretRef: z
    .strictObject({ name: objectNameField().describe('Name of the Secret.') })
    .describe(
      'Secret in the same namespace with the keys `username` and `password`. A change of them is noticed within 30 seconds, and pods start again with it.',
    ),
  maxConnections: countField(10, 100_000)
    .default(100)
    .describe('How many connections of the server (its `max_connections`) this stack may count on.'),
});

const postgres = z
  .strictObject({
    mode: z
      .enum(['Managed', 'External'])
      .default('Managed')
      .meta({
        description:
          'Managed: the stack runs one Postgres with a volume. External: it uses a server that somebody else runs.',
        ...celRules(...modeRules),
      }),
    image: imageField().optional().describe('Image of Postgres 15 or newer. Managed only.'),
    storage: z
      .strictObject({
        size: bytesField('1Gi', '64Ti')
          .default(defaultStorageSize)
          .describe('Size of the volume. It may grow, never shrink.'),
        storageClassName: objectNameField()
          .optional()
          .describe("StorageClass of the volume. Unset: the cluster's default."),
      })
      .optional()
      .describe(`The volume of Postgres, ${defaultStorageSize} when unset. Managed only.`),
    resources: resourcesField()
      .optional()
      .describe(
        'Requests and limits of Postgres; its memory settings follow the memory request. Unset parts: by `size`. Managed only.',
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
        description: 'Parameters for postgresql.conf, over those of `size`. Managed only.',
        maxProperties: 64,
        ...celRules(...parametersRules),
      }),
    external: external.optional().describe('The server to use. External only.'),
  })
  .check((context) => {
    const value = context.value;
    const refuse = (field: keyof typeof value, message: string) =>
      context.issues.push({ code: 'custom', input: value[field], path: [field], message });
    if (value.mode === 'External') {
      if (value.external === undefined)
        refuse('external', 'host, database and secretRef of the server (mode is External)');
      for (const field of ['image', 'storage', 'resources', 'parameters'] as const)
        if (value[field] !== undefined) refuse(field, 'no such field with mode External, where it would do nothing');
    } else if (value.external !== undefined) {
      refuse('external', 'no such field with mode Managed');
    }
  })
  .meta(celRules(...postgresRules));

const pgbouncer = z
  .strictObject({
    image: imageField()
      .optional()
      .describe('Image of PgBouncer 1.21 or newer. Unset: the one this version of ChatStack was tested with.'),
    replicas: countField(1, 20).default(2).describe('Number of poolers.'),
    maxClientConnections: countField(100, 100_000)
      .default(10_000)
      .describe('How many clients one pooler takes (`max_client_conn`).'),
    poolSize: countField(1, 10_000)
      .optional()
      .describe(
        'Connections one pooler keeps to Postgres at most (`default_pool_size`). Unset: computed from the cores of Postgres and the connection budget.',
      ),
    minPoolSize: countField(0, 10_000)
      .optional()
      .describe(
        'Connections one pooler keeps open while it has clients (`min_pool_size`). Unset: 10, or the pool size where that is smaller.',
      ),
    reservePoolSize: countField(0, 10_000)
      .optional()
      .describe(
        'Further connections one pooler opens when clients waited longer than a second (`reserve_pool_size`). Unset: a quarter of the pool size.',
      ),
    resources: resourcesField().optional().describe('Requests and limits of each pooler. Unset parts: by `size`.'),
  })
  .check((context) => {
    const { poolSize, minPoolSize } = context.value;
    if (poolSize !== undefined && minPoolSize !== undefined && minPoolSize > poolSize)
      context.issues.push({
        code: 'custom',
        input: minPoolSize,
        path: ['minPoolSize'],
        message: `at most poolSize, ${poolSize}`,
      });
  })
  .meta(celRules(...pgbouncerRules));

const redis = z.strictObject({
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
});

/** The definition of a ChatStack's spec: types, defaults, the CustomResourceDefinition and the reference page come from it. */
export const chatStackSpecSchema = z.strictObject({
  size: z
    .enum(['small', 'medium', 'large'])
    .default('small')
    .describe(
      'Row of the sizing table: resources, replicas and Postgres parameters that the other fields leave unset.',
    ),
  suspend: z
    .boolean()
    .default(false)
    .describe('true: the operator leaves everything as it is until this is false again.'),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('Whether the volume and the generated passwords outlive the resource (Retain) or go with it (Delete).'),
  service: service.prefault({}).describe('The chat service: HTTP on port 3001, metrics on port 9464.'),
  postgres: postgres.prefault({}).describe('The database of messages.'),
  pgbouncer: pgbouncer
    .prefault({})
    .describe('The connection pooler between service and Postgres, in transaction mode.'),
  redis: redis.prefault({}).describe('The cache. Its loss costs speed, never data.'),
});

/** A spec with every static default filled in; what is still unset is decided by the plan. */
export type ChatStackSpec = z.output<typeof chatStackSpecSchema>;
/** A spec as its author may write it. */
export type ChatStackSpecInput = z.input<typeof chatStackSpecSchema>;
/** A row of the sizing table. */
export type Size = ChatStackSpec['size'];

/** What parsing a spec ends in. */
export type ParsedSpec =
  | { readonly ok: true; readonly spec: ChatStackSpec }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads a spec of unknown shape (undefined: an absent spec, which is an empty one); reports every fault, not only the first. */
export const parseChatStackSpec = (input: unknown): ParsedSpec => {
  const parsed = chatStackSpecSchema.safeParse(input ?? {});
  return parsed.success
    ? { ok: true, spec: parsed.data }
    : { ok: false, faults: summarizeIssues(parsed.error.issues, input, chatStackSpecSchema) };
};
