import { z } from 'zod';

const count = (description: string) => z.int().describe(description);

const condition = z.strictObject({
  type: z
    .string()
    .max(316)
    .describe('Which aspect: Ready, Progressing, Degraded, BudgetFits, MonitoringReady, or a component.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is so.'),
  reason: z.string().max(1024).describe('Why, in one CamelCase word.'),
  message: z.string().max(32_768).describe('Why, in a sentence: expected, found, what to do.'),
  lastTransitionTime: z.iso.datetime().describe('When the status last changed.'),
  observedGeneration: z.int().optional().describe('Generation of the resource it speaks of.'),
});

const component = z.strictObject({
  name: z
    .string()
    .describe(
      'postgres, pgbouncer, redis, service, or of the monitoring exporters, prometheus, alertmanager or grafana.',
    ),
  ready: count('Pods that are ready.'),
  desired: count('Pods that should be.'),
  image: z.string().optional().describe('Image they run.'),
  message: z.string().optional().describe('What is going on.'),
});

const budgetLine = z.strictObject({
  name: z.string().describe('Who connects.'),
  connections: count('How many connections.'),
  reason: z.string().describe('How the number comes about.'),
});

/** The definition of a ChatStack's status, written by the operator alone. */
export const chatStackStatusSchema = z.strictObject({
  observedGeneration: z.int().optional().describe('Generation of the resource this status speaks of.'),
  conditions: z
    .array(condition)
    .optional()
    .meta({
      description: 'What is so about the stack.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    }),
  components: z
    .array(component)
    .optional()
    .meta({
      description: 'The workloads of the stack.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
  connectionBudget: z
    .strictObject({
      maxConnections: count('What Postgres takes.'),
      lines: z.array(budgetLine).describe('Every summand.'),
      total: count('Their sum.'),
      headroom: count('What is left.'),
    })
    .optional()
    .describe('The sum of connections to Postgres.'),
  clientBudget: z
    .strictObject({
      maxClients: count('What the poolers may be planned with.'),
      reason: z.string().describe('How that comes about.'),
      lines: z.array(budgetLine).describe('Every summand.'),
      total: count('Their sum.'),
      headroom: count('What is left.'),
    })
    .optional()
    .describe('The sum of connections to the poolers.'),
  poolReasons: z
    .array(
      z.strictObject({
        field: z.string().describe('Which number.'),
        value: count('The number.'),
        reason: z.string().describe('The formula with its terms.'),
        source: z.string().describe('Where the formula is from, or that the author set it.'),
      }),
    )
    .optional()
    .describe('How the sizes of the pools come about.'),
  pool: z
    .strictObject({
      size: count('Connections of one pooler to Postgres.'),
      reserve: count('Further connections of one pooler when clients wait.'),
      min: count('Connections a pooler keeps open while it has clients.'),
      perService: count('Connections of one service process to the poolers.'),
    })
    .optional()
    .describe('Sizes of the pools, as planned.'),
  backup: z
    .strictObject({
      schedule: z.string().describe('When backups are made, UTC.'),
      lastSuccess: z
        .strictObject({
          id: z.string().describe('What `chatstack restore --backup` takes.'),
          at: z.iso.datetime().describe('When it was complete.'),
          bytes: count('Size of the dump.'),
          rows: count('Rows in it.'),
          seconds: count('How long the dump took.'),
        })
        .optional()
        .describe('The newest backup.'),
      lastFailure: z
        .strictObject({
          at: z.iso.datetime().describe('When it was given up.'),
          message: z.string().describe('Why, and what to do.'),
        })
        .optional()
        .describe('The newest backup that failed.'),
    })
    .optional()
    .describe('The backups of the database.'),
  restore: z
    .strictObject({
      request: z.string().describe('The annotation chatstack.dev/restore that asked for it.'),
      phase: z
        .enum(['Stopping', 'Restoring', 'Complete', 'Failed', 'Refused'])
        .describe('How far it is. Failed and Refused: the database is as it was.'),
      message: z.string().describe('What is going on.'),
    })
    .optional()
    .describe('The restore that was asked for last.'),
  credentials: z
    .strictObject({
      phase: z
        .enum(['Current', 'Waiting', 'Preparing', 'Replacing', 'Dropping', 'Failed', 'Refused'])
        .describe(
          'Current: nothing goes on. Waiting: something has to end first. Preparing, Replacing, Dropping: a rotation is at work; the former passwords are valid until Dropping.',
        ),
      message: z.string().describe('What is going on.'),
      request: z.string().optional().describe('The annotation chatstack.dev/rotate that it speaks of.'),
      lastRotation: z.iso.datetime().optional().describe('When the passwords were rotated last; unset: never yet.'),
      nextRotation: z.iso.datetime().optional().describe('When they are due, by spec.credentials.rotateEvery.'),
    })
    .optional()
    .describe('The generated passwords, and their rotation.'),
  postgresServer: z
    .strictObject({
      revision: z.string().describe('Stands for the settings and the Secrets that it was reached with.'),
      version: z.string().describe('Version of PostgreSQL.'),
      maxConnections: count('Connections it takes, of this role and database where they have a limit of their own.'),
      reservedConnections: count('Those of them that are not for ordinary users.'),
    })
    .optional()
    .describe('What was read from an external Postgres.'),
  endpoints: z
    .strictObject({
      service: z.string().describe('URL of the chat service within the cluster.'),
      metrics: z.string().describe('URL of its metrics within the cluster.'),
      outside: z
        .array(z.string())
        .optional()
        .describe('URL of the Ingress, host names of the HTTPRoute, whose Gateway decides on TLS.'),
    })
    .optional()
    .describe('Where the stack is reached.'),
});

/** The status of a ChatStack. */
export type ChatStackStatus = z.output<typeof chatStackStatusSchema>;
