import { createRandom } from '../model/random.ts';
import {
  type Block,
  type ConfigurationName,
  keptShares,
  type Latency,
  type LoadRun,
  type Sample,
  type ScenarioName,
} from '../results/load-run.ts';

/** What a made-up stack can do. */
export type MadeUpStack = {
  /** Median of a read without a queue, in milliseconds, by configuration. */
  readonly readMilliseconds: Readonly<Record<'baseline' | 'pooling' | 'full-stack', number>>;
  /** Requests a second that it answers at most. */
  readonly capacity: number;
  readonly hitRatio: number;
  /** Longest wait for a connection at 10,000 connections, in milliseconds; less connections wait less. */
  readonly queueWaitMilliseconds: number;
  readonly databaseConnections: number;
  /** Growth of the service's memory within a soak, as a share. */
  readonly growth: number;
  /** How far repetitions lie apart, as a share. */
  readonly noise: number;
  /** Cores that each process keeps busy for a thousand requests a second. */
  readonly coresPerThousand: Readonly<Record<string, number>>;
  readonly cores: number;
  /** Cores that other programs keep busy. */
  readonly otherCores: number;
  readonly steps: readonly number[];
  readonly repetitions: number;
  readonly seed: number;
};

/** A stack that keeps every promise. */
export const goodStack: MadeUpStack = {
  readMilliseconds: { baseline: 9, pooling: 7, 'full-stack': 2 },
  capacity: 1_500,
  hitRatio: 0.9,
  queueWaitMilliseconds: 8,
  databaseConnections: 14,
  growth: 0.02,
  noise: 0.06,
  coresPerThousand: { generator: 0.25, service: 0.62, redis: 0.12, pgbouncer: 0.1, postgres: 0.3 },
  cores: 2,
  otherCores: 0.1,
  steps: [1_000, 2_500, 5_000, 7_500, 10_000],
  repetitions: 5,
  seed: 7,
};

const THINK_SECONDS = 8;
const WARM_UP_SECONDS = 10;
const START = Date.parse('2026-01-05T10:00:00Z');
const MIB = 2 ** 20;

const round = (value: number, digits = 3): number => Number(value.toFixed(digits));

/** Latencies with this median and a long tail: each point is the median times a power of the odds. */
function makeLatency(count: number, median: number): Latency {
  const at = (share: number) => round(median * (share / (1 - share)) ** 0.45);
  const quantiles = keptShares.map((share): [number, number] => [share, at(share)]);
  return { count: Math.round(count), mean: round(median * 1.5), max: round(at(0.99999)), quantiles };
}

type Wanted = {
  readonly scenario: ScenarioName;
  readonly configuration: 'baseline' | 'pooling' | 'full-stack';
  readonly target: Block['target'];
  readonly repetition: number;
  readonly seconds: number;
};

/** Makes blocks one after the other, each as its seed and its place in the run determine. */
class BlockMaker {
  readonly #stack: MadeUpStack;
  readonly #random: () => number;
  #clock = START;

  constructor(stack: MadeUpStack) {
    this.#stack = stack;
    this.#random = createRandom(stack.seed);
  }

  /** When the last block that was made ended. */
  get end(): string {
    return new Date(this.#clock).toISOString();
  }

  make({ scenario, configuration, target, repetition, seconds }: Wanted): Block {
    const { capacity, readMilliseconds } = this.#stack;
    const wanted = target.arrivalRate ?? (target.connections ?? 0) / THINK_SECONDS;
    // Little's law for what is beyond the capacity, a queue's 1 / (1 − use) below it.
    const perSecond = Math.min(wanted, capacity * (1 - 0.05 * this.#random()));
    const waiting =
      target.connections === undefined || target.arrivalRate !== undefined
        ? 0
        : Math.max(0, target.connections / perSecond - THINK_SECONDS);
    const use = Math.min(0.97, wanted / capacity);
    const median = (readMilliseconds[configuration] / (1 - use * 0.8)) * this.#vary() + waiting * 1_000;
    const count = perSecond * seconds;
    const startedAt = new Date(this.#clock).toISOString();
    this.#clock += (seconds + WARM_UP_SECONDS) * 1_000;
    return {
      scenario,
      configuration,
      repetition,
      startedAt,
      seconds,
      target,
      requests: {
        answered: Math.round(count),
        failed: 0,
        errors: {},
        dropped: 0,
        perSecond: round(perSecond, 1),
      },
      latency:
        scenario === 'pooler'
          ? { query: makeLatency(count, median) }
          : {
              read: makeLatency(count * 0.9, median),
              send: makeLatency(count * 0.1, median * 1.8),
              ...(scenario === 'realtime' ? { deliver: makeLatency(count, median * 3) } : {}),
            },
      restarts: 0,
      samples: this.#samples(seconds, configuration, perSecond, target.connections ?? 60),
    };
  }

  /** A factor around 1. */
  #vary(): number {
    return 1 + this.#stack.noise * (this.#random() - 0.5);
  }

  #samples(seconds: number, configuration: ConfigurationName, perSecond: number, connections: number): Sample[] {
    return Array.from({ length: seconds + WARM_UP_SECONDS }, (_, index) => {
      const at = index - WARM_UP_SECONDS;
      return { at, ...this.#seen(configuration, index, index / (seconds + WARM_UP_SECONDS), perSecond, connections) };
    });
  }

  #seen(
    configuration: ConfigurationName,
    second: number,
    progress: number,
    perSecond: number,
    connections: number,
  ): Omit<Sample, 'at'> {
    const { hitRatio, queueWaitMilliseconds, databaseConnections, growth, coresPerThousand, cores, otherCores } =
      this.#stack;
    const used = Object.entries(coresPerThousand)
      .filter(([name]) => isThere(name, configuration))
      .map(([name, each]): [string, number] => [name, round((each * perSecond * this.#vary()) / 1_000)]);
    const total = used.reduce((sum, [, value]) => sum + value, 0);
    return {
      ...(configuration === 'full-stack'
        ? { hitRatio: round(hitRatio * (1 - Math.exp(-(second + 1) / 4)), 4), redisBytes: 24 * MIB }
        : {}),
      ...(configuration === 'baseline'
        ? {}
        : {
            queueWaitMilliseconds: round((queueWaitMilliseconds * connections * this.#random()) / 10_000),
            clientsWaiting: Math.floor(3 * this.#random()),
          }),
      clientConnections: connections,
      databaseConnections: Math.round(databaseConnections * (0.8 + 0.2 * this.#random())),
      serviceBytes: Math.round(180 * MIB * (1 + growth * progress) * (1 + 0.01 * this.#random())),
      eventLoopDelayMilliseconds: round(11 + 2 * this.#random()),
      cores: Object.fromEntries(used),
      machineCores: round(Math.min(cores, total + otherCores)),
      answers: Math.round(perSecond * this.#vary()),
      failed: 0,
    };
  }
}

const isThere = (process: string, configuration: ConfigurationName): boolean =>
  configuration === 'full-stack' || (process !== 'redis' && (configuration === 'pooling' || process !== 'pgbouncer'));

/** What is measured, in the order in which a harness does it: configurations take turns within a repetition. */
function listWanted({ repetitions, steps, capacity }: MadeUpStack): readonly Wanted[] {
  const names = ['baseline', 'pooling', 'full-stack'] as const;
  const rotated = (by: number) => names.map((_, index) => names[(index + by) % names.length] ?? 'baseline');
  const again = Array.from({ length: repetitions }, (_, repetition) => repetition);
  const one = { configuration: 'full-stack', repetition: 0 } as const;
  return [
    ...again.flatMap((repetition) =>
      rotated(repetition).map(
        (configuration): Wanted => ({
          scenario: 'compare',
          configuration,
          repetition,
          target: { arrivalRate: 200 },
          seconds: 30,
        }),
      ),
    ),
    ...[0.3, 0.45, 0.65, 0.8, 0.95].map(
      (share): Wanted => ({
        ...one,
        scenario: 'peak',
        target: { arrivalRate: Math.round(capacity * share) },
        seconds: 20,
      }),
    ),
    ...steps.map((connections): Wanted => ({ ...one, scenario: 'stress', target: { connections }, seconds: 40 })),
    { ...one, scenario: 'realtime', target: { connections: 2_000, arrivalRate: 20 }, seconds: 30 },
    ...[150, 750, 150].map(
      (arrivalRate, repetition): Wanted => ({
        ...one,
        repetition,
        scenario: 'spike',
        target: { arrivalRate },
        seconds: 20,
      }),
    ),
    { ...one, scenario: 'soak', target: { connections: 10_000 }, seconds: 600 },
    ...[5_000, 10_000].map(
      (connections): Wanted => ({
        ...one,
        scenario: 'pooler',
        target: { connections, arrivalRate: connections / 10 },
        seconds: 30,
      }),
    ),
  ];
}

/** A run of a made-up stack, the same each time: what a harness would have written about it. For tests alone. */
export function makeRun(changes: Partial<MadeUpStack> = {}): LoadRun {
  const stack = { ...goodStack, ...changes };
  const maker = new BlockMaker(stack);
  const blocks = listWanted(stack).map((wanted) => maker.make(wanted));
  const describeConfiguration = (
    name: ConfigurationName,
    description: string,
    more: Record<string, string | number>,
  ) => ({
    name,
    description,
    url: 'http://127.0.0.1:3001',
    databaseConnections: 20,
    fields: { 'service.replicas': 1, ...more },
  });
  const pools = { 'pgbouncer.replicas': 1, 'pgbouncer.poolSize': 16, 'pgbouncer.maxClientConnections': 12_000 };
  const cache = { 'service.cache.recentTTL': '30s', 'service.cache.olderTTL': '60s', 'redis.maxMemory': '128Mi' };
  return {
    version: 1,
    startedAt: new Date(START).toISOString(),
    endedAt: maker.end,
    state: 'complete',
    command: 'make load',
    revision: '0000000',
    environment: {
      processor: 'a made-up processor',
      cores: stack.cores,
      memoryBytes: 4 * 2 ** 30,
      system: 'Linux',
      openFiles: 20_000,
      versions: { node: '24.0.0', k6: '2.0.0', postgres: '18.0', pgbouncer: '1.25.0', redis: '7.2.0' },
      loadAverage: 0.2,
    },
    settings: {
      seed: stack.seed,
      conversations: 1_000,
      messages: 200_000,
      users: 2_000,
      repetitions: stack.repetitions,
      warmUpSeconds: WARM_UP_SECONDS,
      blockSeconds: 30,
      thinkSeconds: THINK_SECONDS,
      readShare: 0.9,
    },
    configurations: [
      describeConfiguration('baseline', 'the service straight at Postgres, no cache', { 'pgbouncer.enabled': 'false' }),
      describeConfiguration('pooling', 'through PgBouncer, no cache', pools),
      describeConfiguration('full-stack', 'through PgBouncer, pages cached in Redis', { ...pools, ...cache }),
    ],
    blocks,
  };
}
