import type { LoadRun } from '../../results/load-run.ts';
import type { Probe } from '../sampling/probe.ts';

/** What a configuration is, as the raw data say it. */
export type Configuration = LoadRun['configurations'][number];

/** How to log in to a server that speaks Postgres' protocol. */
export type Login = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
};

/** A running stack that can be put under load. */
export type Stack = {
  readonly configuration: Configuration;
  /** Ids of its conversations, where they could not be chosen. */
  readonly conversationIds?: readonly string[];
  /** What can be asked each second; empty where nothing can. */
  readonly openProbes: () => Promise<readonly Probe[]>;
  /** Processor time that its processes have used so far, in seconds; undefined where that cannot be seen. */
  readonly cpuSeconds: () => number | undefined;
  /** How clients log in to its pooler; undefined where it has none or that is not known. */
  readonly pooler: Login | undefined;
  /** Resolves with the reason when it ends by itself. */
  readonly failed: Promise<Error>;
  readonly stop: () => Promise<void>;
};
