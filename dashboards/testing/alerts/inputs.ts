import type { AlertInput, OperatorAlertInput } from '../../alerts/alert-input.ts';
import { defaultObjectives } from '../../alerts/alert-input.ts';

const links = { runbookBase: 'https://example.com/runbooks', grafana: 'https://grafana.example.com' };

/** A stack that has everything. */
export const usualInput: AlertInput = {
  namespace: 'chat',
  stack: 'acme',
  maxConnections: 103,
  reservedByPostgres: 3,
  poolSize: 20,
  reservePoolSize: 5,
  poolers: 2,
  maxClientConnections: 10_000,
  redisMaxMemoryBytes: 128 * 1024 * 1024,
  serviceReplicas: 2,
  scrapeIntervalSeconds: 15,
  hasPoolers: true,
  hasRedis: true,
  hasExporters: true,
  hasOperator: true,
  hasBackups: true,
  backupScheduleSeconds: 86_400,
  hasTls: true,
  certificateRenewBeforeSeconds: 604_800,
  slo: defaultObjectives,
  links,
};

/** What the rules that are kept under dashboards/generated are made from, by the ends of their names. */
export const goldenInputs: { readonly [name: string]: AlertInput } = {
  small: {
    ...usualInput,
    maxConnections: 100,
    poolSize: 10,
    reservePoolSize: 3,
    hasBackups: false,
    backupScheduleSeconds: 0,
    hasTls: false,
    certificateRenewBeforeSeconds: 0,
  },
  large: {
    ...usualInput,
    maxConnections: 500,
    poolSize: 48,
    reservePoolSize: 12,
    poolers: 3,
    redisMaxMemoryBytes: 2 * 1024 ** 3,
    serviceReplicas: 6,
    slo: { availability: 0.9995, latencySeconds: 0.1, latencyShare: 0.99 },
    thresholds: { queueWaitSeconds: 0.2, poolUseCritical: 0.7 },
  },
  // As in Docker Compose, with a service that connects to Postgres itself and keeps no cache.
  bare: {
    ...usualInput,
    scrapeIntervalSeconds: 120,
    hasPoolers: false,
    hasRedis: false,
    hasExporters: false,
    hasOperator: false,
    hasBackups: false,
    backupScheduleSeconds: 0,
    hasTls: false,
    certificateRenewBeforeSeconds: 0,
    links: { runbookBase: 'https://example.com/runbooks' },
  },
};

/** An operator whose alerts lead to the same places. */
export const operatorInput: OperatorAlertInput = { links };
