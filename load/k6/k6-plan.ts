import type { Population } from '../model/population.ts';

/** A span of a k6 run: so many requests a second arrive (open model), whatever is answered. What is not measured warms up. */
export type Phase = { readonly seconds: number; readonly arrivalRate: number; readonly measured: boolean };

/** What every script of k6 is told, as JSON. */
export type K6Plan = {
  readonly url: string;
  /** Of the requests; one of its own for each repetition, the same for all configurations. */
  readonly seed: number;
  readonly population: Pick<Population, 'users' | 'conversations'>;
  /** Ids of the conversations, where they could not be chosen. */
  readonly conversationIds?: readonly string[];
  readonly readShare: number;
  /** Where the summary is written. */
  readonly summaryFile: string;
} & (OpenPlan | CrowdPlan | FollowersPlan);

/** Requests that arrive at a rate. */
export type OpenPlan = { readonly kind: 'open'; readonly phases: readonly Phase[]; readonly virtualUsers: number };

/** Users with a connection each, who think between requests. */
export type CrowdPlan = {
  readonly kind: 'crowd';
  readonly connections: number;
  readonly thinkSeconds: number;
  /** Time in which they come, one after the other. */
  readonly rampSeconds: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
};

/** Sockets that follow conversations, into which messages are sent at a rate. */
export type FollowersPlan = {
  readonly kind: 'followers';
  /** Conversations that are followed, the first ones. */
  readonly followed: number;
  readonly followersEach: number;
  readonly sendRate: number;
  readonly rampSeconds: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
};

/** The script of each kind of plan. */
export const scriptOf: Readonly<Record<K6Plan['kind'], string>> = {
  open: 'open.ts',
  crowd: 'crowd.ts',
  followers: 'followers.ts',
};

/** How many measured spans a plan has; each becomes a block. */
export const measuredSpans = (plan: OpenPlan | CrowdPlan | FollowersPlan): number =>
  plan.kind === 'open' ? plan.phases.filter(({ measured }) => measured).length : 1;

/** Name of a metric of a measured span, by number from 0. k6 takes letters, digits and `_`. */
export const metricName = (what: string, span: number): string => `${what.replaceAll(' ', '_')}_${span}`;

/** Names of the counters of all requests, of the warm-up too, which the harness reads each second. */
export const totals = { answered: 'answered_total', failed: 'failed_total' } as const;
