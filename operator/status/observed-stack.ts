import type { KubernetesObject } from '../runtime/object.ts';

/** Names of the components with a workload, in the order in which they depend on each other. */
export const componentNames = ['postgres', 'pgbouncer', 'redis', 'service'] as const;

/** One component of a stack. */
export type ComponentName = (typeof componentNames)[number];

/** The live children of one stack that its status speaks of. */
export interface ObservedStack {
  /** Deployment or StatefulSet by component label. */
  readonly workloads: ReadonlyMap<string, KubernetesObject>;
  /** Migration Jobs, the current one and those before. */
  readonly jobs: readonly KubernetesObject[];
  readonly pods: readonly KubernetesObject[];
  /** Redis as the redis-operator runs it. */
  readonly replication?: KubernetesObject | undefined;
  /** Jobs of the CronJob of backups: those that it still keeps. */
  readonly backupJobs: readonly KubernetesObject[];
}
