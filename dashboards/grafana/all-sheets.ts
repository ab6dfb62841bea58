import type { Sheet } from './chart.ts';
import { databaseQueries } from './database-queries.ts';
import { operator } from './operator.ts';
import { overview } from './overview.ts';
import { pgbouncerPools } from './pgbouncer-pools.ts';
import { realtime } from './realtime.ts';
import { redisCache } from './redis-cache.ts';
import { requestLatency } from './request-latency.ts';

/** Every dashboard, in the order in which a question leads from one to the next. */
export const allSheets: readonly Sheet[] = [
  overview,
  requestLatency,
  pgbouncerPools,
  databaseQueries,
  redisCache,
  realtime,
  operator,
];

/** The name of a dashboard's file, without its ending: `overview`, `request-latency`. */
export const fileNameOf = ({ title }: Sheet): string => title.toLowerCase().replaceAll(' ', '-');
