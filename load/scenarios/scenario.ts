import type { CrowdPlan, FollowersPlan, OpenPlan } from '../k6/k6-plan.ts';
import type { Block, ConfigurationName, ScenarioName } from '../results/load-run.ts';

/** What a scenario is set to; lengths in seconds, unless they say minutes. */
export type ScenarioSettings = {
  /** Requests a second of `compare`; undefined: found out. */
  readonly rate: number | undefined;
  readonly repetitions: number;
  readonly warmUpSeconds: number;
  readonly blockSeconds: number;
  readonly thinkSeconds: number;
  /** Steps of `stress`, rising; the last one is that of `soak` and `pooler` too. */
  readonly connections: readonly number[];
  readonly soakMinutes: number;
  /** p95 in milliseconds up to which a rate counts as borne. */
  readonly boundMilliseconds: number;
  readonly conversations: number;
};

/** What a scenario asks of a generator: a plan, for the stack of a configuration. */
export type Measurement = {
  readonly configuration: ConfigurationName;
  readonly repetition: number;
  readonly plan: OpenPlan | CrowdPlan | FollowersPlan;
};

/** Clients straight at the pooler: how many, how many transactions a second they make together, and for how long. */
export type PoolerMeasurement = {
  readonly configuration: ConfigurationName;
  readonly repetition: number;
  readonly clients: number;
  readonly rate: number;
  readonly seconds: number;
};

/** What scenarios measure with. Each call rejects once somebody breaks the run off. */
export type Bench = {
  readonly settings: ScenarioSettings;
  /** The stacks that there are: those that the scenario asked for, or the given one. */
  readonly configurations: readonly ConfigurationName[];
  /** The configuration of scenarios that look at one: the full stack, or the given one. */
  readonly full: ConfigurationName;
  /** Blocks of the run so far, of all scenarios. */
  readonly blocks: () => readonly Block[];
  /** Measures and keeps the blocks, unless a run that is resumed has them already. Void ones are tried once more. */
  readonly measure: (measurement: Measurement) => Promise<readonly Block[]>;
  /** Measures and keeps nothing: a look. */
  readonly look: (measurement: Measurement) => Promise<readonly Block[]>;
  readonly measurePooler: (measurement: PoolerMeasurement) => Promise<readonly Block[]>;
  readonly say: (text: string) => void;
};

/** One question that is put to stacks. */
export type Scenario = {
  readonly name: ScenarioName;
  /** Stacks of this machine that it needs, all at once. */
  readonly configurations: readonly Exclude<ConfigurationName, 'given'>[];
  /** Connections to the service, or to the pooler, that it opens at most. */
  readonly connections: (settings: ScenarioSettings) => number;
  /** About how long it takes, in seconds. */
  readonly seconds: (settings: ScenarioSettings) => number;
  readonly run: (bench: Bench) => Promise<void>;
};

/** Seconds beside its plan that a measurement takes: virtual users are made ready, k6 ends. */
export const overhead = 2;
