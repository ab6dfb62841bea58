import type { Condition } from '../runtime/conditions.ts';
import type { ComponentName } from './observed-stack.ts';

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
] as const;

/** One type of condition. */
export type ConditionType = (typeof conditionTypes)[number];

/** What the operator says of a stack. Its schema is part of the CRD: a field that isn't there would be dropped and written for ever. */
export interface StackStatus {
  observedGeneration?: number;
  conditions?: Condition[];
  components?: { name: ComponentName; ready: number; desired: number; image?: string; message: string }[];
  connectionBudget?: {
    maxConnections: number;
    lines: { name: string; connections: number; reason: string }[];
    total: number;
    headroom: number;
  };
  pool?: { size: number; reserve: number; min: number; perService: number };
  endpoints?: { service: string; metrics: string };
}

/** A condition before it is stamped with time and generation. */
export interface Verdict {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}
