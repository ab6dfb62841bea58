import type { ChatStackStatus } from '@chatstack/stack/api/status.ts';

/** The types of a ChatStack's conditions, in the order in which they are shown. */
export const conditionTypes = [
  'Ready',
  'Progressing',
  'Degraded',
  'BudgetFits',
  'PostgresReady',
  'PgbouncerReady',
  'RedisReady',
  'MigrationComplete',
  'ServiceReady',
  'MonitoringReady',
  'UpToDate',
  'Rotating',
] as const;

/** One type of condition. */
export type ConditionType = (typeof conditionTypes)[number];

/** What the operator says of a stack: no field that the CRD's schema lacks, since it would be dropped and written for ever. */
export type StackStatus = ChatStackStatus;

/** A condition before it is stamped with time and generation. */
export interface Verdict {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}
