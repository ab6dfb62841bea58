import { z } from 'zod';
import { celRules, countField, imageField, resourcesField } from '../fields.ts';
import { pgbouncerRules } from '../rules.ts';

/** The fields of spec.pgbouncer. */
export const pgbouncerField = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe(
        'false: service processes connect to Postgres themselves, and share its connections out among them. Poolers are switched on and off without a failed request: see `docs/operations/networking.md`.',
      ),
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
        'Connections one pooler keeps to Postgres at most (`default_pool_size`). Unset: computed from the cores of Postgres and the connection budget. With `enabled: false`: those of one service process.',
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
