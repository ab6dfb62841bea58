import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { OperationObserver } from './operation-observer.ts';
import { classifyStatement, type StatementKind } from './statement-kind.ts';

/** Where connections to the database stand. */
export type PoolState = { readonly total: number; readonly idle: number; readonly waiting: number };

/** What is told of the database. */
export type DatabaseMetrics = {
  /** A connection of the pool was waited for so long, in seconds, whether it came or not. */
  observeAcquire(seconds: number): void;
  readonly observeStatement: OperationObserver;
};

// Waiting for a connection ends after 2 s and a statement after 3 s, each at a bound.
const ACQUIRE_BOUNDS = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 2.5];
const STATEMENT_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];

/** Registers the metrics of the database; `observePool` is asked at each scrape. */
export function createDatabaseMetrics(registry: Registry, observePool: () => PoolState): DatabaseMetrics {
  const registers = [registry];
  const pool = (state: keyof PoolState, help: string) =>
    new Gauge({
      name: `db_pool_${state}_connections`,
      help,
      registers,
      collect() {
        this.set(observePool()[state]);
      },
    });
  pool('total', 'Open connections of the pool.');
  pool('idle', 'Connections of the pool that nobody uses.');
  pool('waiting', 'Requests that wait for a connection of the pool.');
  const acquire = new Histogram({
    name: 'db_pool_acquire_seconds',
    help: 'Time until a connection of the pool was there or given up, in seconds. It includes opening one.',
    buckets: ACQUIRE_BOUNDS,
    registers,
  });
  const duration = new Histogram({
    name: 'db_statement_duration_seconds',
    help: 'Time from sending a statement to its answer, in seconds, by kind: read, write, transaction (BEGIN, COMMIT, ROLLBACK), other.',
    labelNames: ['kind'],
    buckets: STATEMENT_BOUNDS,
    registers,
  });
  const errors = new Counter({
    name: 'db_statement_errors_total',
    help: 'Statements that Postgres refused or did not answer, by kind.',
    labelNames: ['kind'],
    registers,
  });
  const seriesOf = (kind: StatementKind) => {
    errors.inc({ kind }, 0); // there from the beginning: what appears with its first error has no rate
    return { duration: duration.labels({ kind }), errors: errors.labels({ kind }) };
  };
  const series = {
    read: seriesOf('read'),
    write: seriesOf('write'),
    transaction: seriesOf('transaction'),
    other: seriesOf('other'),
  };
  return {
    observeAcquire: (seconds) => acquire.observe(seconds),
    observeStatement: (sql) => {
      const { duration, errors } = series[classifyStatement(sql)];
      const start = performance.now();
      return (error) => {
        duration.observe((performance.now() - start) / 1_000);
        if (error !== undefined) errors.inc();
      };
    },
  };
}
