import { buildKeepRunning } from '../config/keep-running.ts';
import { monitoringImages } from './images.ts';
import {
  type ExporterPlan,
  type ExportersPlan,
  monitoringPorts,
  monitoringSecretName,
  monitorUser,
} from './monitoring-plan.ts';
import { databaseLogin, type PlanInput } from './plan-input.ts';
import type { ConnectionProtection } from './plan-tls.ts';
import { postgresProtection, type TlsPlan } from './plan-tls.ts';
import { redisLogin } from './redis-login.ts';
import { buildResources } from './resources.ts';
import { sizes } from './sizes.ts';
import type { EnvironmentVariable, PostgresPlan, SecretKey } from './stack-plan.ts';

/** How many statements are told of: those that took the longest. */
const toldStatements = 50;

const monitorPassword = (stack: string): SecretKey => ({ name: monitoringSecretName(stack), key: 'monitor-password' });

/**
 * What postgres_exporter says of encryption. It knows no `prefer`, and a server that its clients would rather encrypt with is one that
 * can.
 */
const sslParameters = ({ mode, caFile }: ConnectionProtection): string => {
  const known = mode === 'prefer' ? 'require' : mode;
  return `sslmode=${known}${caFile === undefined ? '' : `&sslrootcert=${caFile}`}`;
};

const postgresLogin = (input: PlanInput): readonly EnvironmentVariable[] => {
  const { spec, name } = input;
  const own = spec.monitoring.exporters.postgresSecretRef?.name;
  if (spec.postgres.mode === 'Managed')
    return [
      { name: 'DATA_SOURCE_USER', value: monitorUser },
      { name: 'DATA_SOURCE_PASS', secret: monitorPassword(name) },
    ];
  const login =
    own === undefined
      ? databaseLogin(input)
      : { user: { secret: { name: own, key: 'username' } }, password: { name: own, key: 'password' } };
  return [
    { name: 'DATA_SOURCE_USER', ...login.user },
    { name: 'DATA_SOURCE_PASS', secret: login.password },
  ];
};

/** Statements need an extension, and the log of transactions a member of pg_monitor: both are sure with a Postgres of our own alone. */
const postgresCollectors = ({ spec }: PlanInput): readonly string[] => {
  if (spec.postgres.mode === 'Managed')
    return [
      '--collector.stat_statements',
      '--collector.stat_statements.include_query',
      `--collector.stat_statements.limit=${toldStatements}`,
      `--collector.stat_statements.exclude_users=postgres,${monitorUser}`,
    ];
  return spec.monitoring.exporters.postgresSecretRef === undefined ? ['--no-collector.wal'] : [];
};

const planPostgresExporter = (input: PlanInput, postgres: PostgresPlan, tls: TlsPlan | undefined): ExporterPlan => {
  const { spec } = input;
  const { host, port, database } = postgres;
  return {
    image: spec.monitoring.exporters.postgresImage ?? monitoringImages.postgresExporter,
    command: [
      '/bin/postgres_exporter',
      `--web.listen-address=:${monitoringPorts.postgresExporter}`,
      ...postgresCollectors(input),
    ],
    port: monitoringPorts.postgresExporter,
    environment: [
      {
        name: 'DATA_SOURCE_URI',
        value: `${host}:${port}/${database}?${sslParameters(postgresProtection(input, tls))}`,
      },
      ...postgresLogin(input),
    ],
    resources: buildResources(sizes[spec.size].exporter, undefined),
  };
};

const planRedisExporter = (input: PlanInput, tls: TlsPlan | undefined): ExporterPlan => {
  const { spec, placement } = input;
  const { username, password, protection } = redisLogin(input, tls);
  const scheme = protection.mode === 'disable' ? 'redis' : 'rediss';
  return {
    image: spec.monitoring.exporters.redisImage ?? monitoringImages.redisExporter,
    command: ['/redis_exporter', `--web.listen-address=:${monitoringPorts.redisExporter}`],
    port: monitoringPorts.redisExporter,
    environment: [
      { name: 'REDIS_ADDR', value: `${scheme}://${placement.redis.host}:${placement.redis.port}` },
      ...(username === undefined ? [] : [{ name: 'REDIS_USER', secret: username, optional: true } as const]),
      ...(password === undefined ? [] : [{ name: 'REDIS_PASSWORD', secret: password }]),
      ...(protection.caFile === undefined
        ? []
        : [{ name: 'REDIS_EXPORTER_TLS_CA_CERT_FILE', value: protection.caFile }]),
    ],
    resources: buildResources(sizes[spec.size].exporter, undefined),
  };
};

/** It runs in the pod of its pooler, whose name the certificate does not have; there is nobody in between. */
const planPgbouncerExporter = (input: PlanInput, tls: TlsPlan | undefined): ExporterPlan => {
  const { spec, placement, name } = input;
  const isBeside = placement.kind === 'kubernetes';
  const { host, port } = placement.pgbouncer;
  const program = ['/bin/pgbouncer_exporter', `--web.listen-address=:${monitoringPorts.pgbouncerExporter}`];
  const query = tls === undefined ? 'sslmode=disable' : 'sslmode=require';
  return {
    image: spec.monitoring.exporters.pgbouncerImage ?? monitoringImages.pgbouncerExporter,
    command: isBeside ? buildKeepRunning(program) : program,
    port: monitoringPorts.pgbouncerExporter,
    environment: [
      {
        name: 'PGBOUNCER_EXPORTER_CONNECTION_STRING',
        value: `postgres://${isBeside ? '127.0.0.1' : host}:${port}/pgbouncer?${query}`,
      },
      { name: 'PGUSER', value: monitorUser },
      { name: 'PGPASSWORD', secret: monitorPassword(name) },
    ],
    resources: buildResources(sizes[spec.size].exporter, undefined),
  };
};

/** Plans what makes metrics of programs that make none themselves. */
export const planExporters = (input: PlanInput, postgres: PostgresPlan, tls: TlsPlan | undefined): ExportersPlan => ({
  ...(input.placement.pgbouncer.runs ? { pgbouncer: planPgbouncerExporter(input, tls) } : {}),
  postgres: planPostgresExporter(input, postgres, tls),
  ...(input.placement.redis.runs ? { redis: planRedisExporter(input, tls) } : {}),
});

/** A variable with the password of `monitorUser`. */
export const monitorVariable = (stack: string): EnvironmentVariable => ({
  name: 'MONITOR_PASSWORD',
  secret: monitorPassword(stack),
});
