import { z } from 'zod';

/** Seconds, milliseconds and counts are never negative. */
const amount = z.number().nonnegative();

/** What is asked of a stack. The first three compare configurations at the same arrival rate; the others look at one. */
export const scenarioNames = ['compare', 'peak', 'stress', 'realtime', 'spike', 'soak', 'pooler'] as const;
/** One of them. */
export type ScenarioName = (typeof scenarioNames)[number];

/** Ways to run a stack: direct to Postgres without a cache, through PgBouncer without a cache, with both. */
export const configurationNames = ['baseline', 'pooling', 'full-stack'] as const;
/** One of them, or the stack of somebody's URL. */
export type ConfigurationName = (typeof configurationNames)[number] | 'given';

/** How long something took: a point of the quantile function is [share of requests in 0…1, milliseconds], rising. */
const latency = z.object({
  count: amount,
  mean: amount,
  max: amount,
  quantiles: z.array(z.tuple([z.number(), amount])),
});

/**
 * What was seen within one second. Absent: it could not be asked. Shares are 0…1; processor time is in cores (1 is one core busy for
 * the whole second).
 */
const sample = z.object({
  /** Seconds since the measured part began; negative in the warm-up. */
  at: z.number(),
  hitRatio: amount.optional(),
  /** Longest wait of a client for a connection of a pool, in milliseconds (PgBouncer's SHOW POOLS). */
  queueWaitMilliseconds: amount.optional(),
  clientsWaiting: amount.optional(),
  /** Connections that clients have open to the service. */
  clientConnections: amount.optional(),
  /** Connections that Postgres serves, of everybody. */
  databaseConnections: amount.optional(),
  redisBytes: amount.optional(),
  serviceBytes: amount.optional(),
  /** 99th percentile of the event loop's delay over the last round of the service's own measure, in milliseconds. */
  eventLoopDelayMilliseconds: amount.optional(),
  /** Processor time by process, in cores: service, postgres, pgbouncer, redis, generator. */
  cores: z.record(z.string(), amount),
  /** Processor time of the whole machine, in cores. */
  machineCores: amount.optional(),
  /** Answers within this second, and how many were not what was asked for. */
  answers: amount.optional(),
  failed: amount.optional(),
});

/** One measured span of one configuration. */
const block = z.object({
  scenario: z.enum(scenarioNames),
  configuration: z.enum([...configurationNames, 'given']),
  /** Which repetition it is, from 0; blocks of one repetition are neighbours in time, and may be compared in pairs. */
  repetition: z.number().int().nonnegative(),
  startedAt: z.iso.datetime(),
  /** The measured part, without the warm-up. */
  seconds: amount,
  /** Requests a second that arrive whatever is answered (open model), or connections that are kept (closed model with think times). */
  target: z.object({ arrivalRate: amount.optional(), connections: amount.optional() }),
  /** Why the block counts for nothing: requests that the generator could not send in time, a stack that was not there … */
  void: z.string().optional(),
  requests: z.object({
    answered: amount,
    failed: amount,
    /** How often each error came, by its name. */
    errors: z.record(z.string(), amount),
    /** Requests that were due and could not be begun, for want of virtual users. */
    dropped: amount,
    perSecond: amount,
  }),
  /** Milliseconds by kind of request: read, send, and deliver (from a send to the frame at a subscriber), as far as the scenario has them. */
  latency: z.partialRecord(z.enum(['read', 'send', 'deliver', 'query']), latency),
  /** Starts of processes of the stack during the block, beyond the first. */
  restarts: amount.optional(),
  samples: z.array(sample),
});

/** The raw data of a whole run; what a report is made of, and two of which can be compared. */
export const loadRunSchema = z.object({
  version: z.literal(1),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  /** `interrupted`: somebody broke it off; what there is counts, and a run may be resumed. */
  state: z.enum(['running', 'interrupted', 'complete']),
  /** The command that makes such a run again. */
  command: z.string(),
  /** Revision of the sources; ends in -dirty where they were changed. */
  revision: z.string().optional(),
  environment: z.object({
    processor: z.string(),
    cores: z.number().int(),
    memoryBytes: amount,
    system: z.string(),
    openFiles: z.number().int(),
    /** Program → version. */
    versions: z.record(z.string(), z.string()),
    /** Load of the machine (one minute) when the run began. */
    loadAverage: amount,
  }),
  settings: z.object({
    seed: z.number().int(),
    conversations: z.number().int(),
    messages: z.number().int(),
    users: z.number().int(),
    repetitions: z.number().int(),
    warmUpSeconds: amount,
    blockSeconds: amount,
    /** Mean of the think time in closed models. */
    thinkSeconds: amount,
    readShare: amount,
  }),
  /** What each configuration is: the connections to Postgres it may open, its pool sizes, the ChatStack it was made of. */
  configurations: z.array(
    z.object({
      name: z.enum([...configurationNames, 'given']),
      description: z.string(),
      url: z.string(),
      /** Connections to Postgres that it may open at most; equal for all that are compared. */
      databaseConnections: z.number().int().optional(),
      /** Field of the ChatStack → value that was planned, for what recommendations name. */
      fields: z.record(z.string(), z.union([z.string(), z.number()])),
    }),
  ),
  blocks: z.array(block),
});

/** The raw data of a whole run. */
export type LoadRun = z.infer<typeof loadRunSchema>;
/** One measured span of one configuration. */
export type Block = LoadRun['blocks'][number];
/** What was seen within one second. */
export type Sample = Block['samples'][number];
/** How long requests of a kind took. */
export type Latency = z.infer<typeof latency>;

/** Shares at which latencies are kept: enough to draw a distribution, and those that are named. */
export const keptShares: readonly number[] = [
  ...Array.from({ length: 19 }, (_, index) => (index + 1) / 20),
  ...[0.96, 0.97, 0.98, 0.99, 0.995, 0.999, 0.9999],
];
