import { z } from 'zod';

const count = (description: string) => z.int().describe(description);

const condition = z.strictObject({
  type: z.string().max(316).describe('Which aspect: Ready, Progressing, Degraded, BudgetFits, or a component.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is so.'),
  reason: z.string().max(1024).describe('Why, in one CamelCase word.'),
  message: z.string().max(32_768).describe('Why, in a sentence: expected, found, what to do.'),
  lastTransitionTime: z.iso.datetime().describe('When the status last changed.'),
  observedGeneration: z.int().optional().describe('Generation of the resource it speaks of.'),
});

const component = z.strictObject({
  name: z.string().describe('postgres, pgbouncer, redis or service.'),
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
  pool: z
    .strictObject({
      size: count('Connections of one pooler to Postgres.'),
      reserve: count('Further connections of one pooler when clients wait.'),
      min: count('Connections a pooler keeps open while it has clients.'),
      perService: count('Connections of one service process to the poolers.'),
    })
    .optional()
    .describe('Sizes of the pools, as planned.'),
  endpoints: z
    .strictObject({
      service: z.string().describe('URL of the chat service within the cluster.'),
      metrics: z.string().describe('URL of its metrics within the cluster.'),
    })
    .optional()
    .describe('Where the stack is reached.'),
});

/** The status of a ChatStack. */
export type ChatStackStatus = z.output<typeof chatStackStatusSchema>;
