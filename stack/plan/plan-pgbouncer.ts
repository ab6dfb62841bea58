import { buildPgbouncerDrain } from '../config/pgbouncer-drain.ts';
import {
  buildPgbouncerIni,
  buildReloadSettings,
  buildRestartSettings,
  type PgbouncerIni,
} from '../config/pgbouncer-ini.ts';
import { buildStartPgbouncer } from '../config/start-pgbouncer.ts';
import type { Decision } from './decision.ts';
import { buildHash } from './hash.ts';
import { isMeasured } from './measured.ts';
import { monitorUser } from './monitoring-plan.ts';
import { monitorVariable } from './plan-exporters.ts';
import {
  credential,
  credentialVariable,
  databaseLogin,
  type PlanInput,
  processCounts,
  turnVariables,
} from './plan-input.ts';
import { certificateFolder, postgresProtection, type TlsPlan } from './plan-tls.ts';
import { buildResources, formatResources } from './resources.ts';
import { sizes } from './sizes.ts';
import type { EnvironmentVariable, Files, PgbouncerPlan, PoolSizes, PostgresPlan } from './stack-plan.ts';

/** Files a pooler opens beside its connections: log, configuration, resolver, event queue. */
const ownFiles = 64;

/** Seconds until the last node has heard that a pooler takes no new clients. */
const announceSeconds = 3;

const loginVariables = (input: PlanInput): readonly EnvironmentVariable[] => {
  const { user, password } = databaseLogin(input);
  if ('value' in user)
    return [
      credentialVariable('PGBOUNCER_PASSWORD', input.name, 'pgbouncer-password'),
      ...turnVariables(input, { PGBOUNCER_USER: 'pgbouncer-user' }),
    ];
  return [
    { name: 'PGUSER', secret: user.secret },
    { name: 'PGPASSWORD', secret: password },
  ];
};

/** Plans the poolers in front of a Postgres. */
export const planPgbouncer = (
  input: PlanInput,
  postgres: PostgresPlan,
  pool: PoolSizes,
  tls: TlsPlan | undefined,
): { readonly plan: PgbouncerPlan; readonly decisions: readonly Decision[] } => {
  const { spec, placement, images, name } = input;
  const { configFolder, runFolder, listen, port, version } = placement.pgbouncer;
  const loginFile = postgres.mode === 'Managed' ? `${runFolder}/login.ini` : undefined;
  const monitored = isMeasured(input);
  const certificates = tls === undefined ? {} : { certificateFolder };
  const ini: PgbouncerIni = {
    version,
    listen,
    port,
    database: { name: postgres.database, host: postgres.host, port: postgres.port },
    authFile: `${runFolder}/userlist.txt`,
    ...(loginFile === undefined ? {} : { loginFile }),
    serverTls: postgresProtection(input, tls),
    ...certificates,
    ...(monitored ? { statsUser: monitorUser } : {}),
    maxClientConnections: spec.pgbouncer.maxClientConnections,
    poolSize: pool.size,
    minPoolSize: pool.min,
    reservePoolSize: pool.reserve,
  };
  const fileDescriptors = ini.maxClientConnections + pool.size + pool.reserve + ownFiles;
  const roundedDescriptors = Math.ceil(fileDescriptors / 1024) * 1024;
  const files: Files = {
    'pgbouncer.ini': buildPgbouncerIni(ini),
    'start.sh': buildStartPgbouncer({
      iniFile: `${configFolder}/pgbouncer.ini`,
      userlistFile: ini.authFile,
      ...(loginFile === undefined ? {} : { loginFile }),
      fileDescriptors: roundedDescriptors,
      ...(monitored ? { statsUser: monitorUser } : {}),
    }),
    ...(placement.kind === 'kubernetes'
      ? { 'drain.sh': buildPgbouncerDrain({ startFile: `${configFolder}/start.sh`, announceSeconds, ...certificates }) }
      : {}),
  };
  const { replicas } = processCounts(placement, spec.pgbouncer.replicas);
  const resources = buildResources(sizes[spec.size].pgbouncer, spec.pgbouncer.resources);
  const plan: PgbouncerPlan = {
    image: spec.pgbouncer.image ?? images.pgbouncer,
    replicas,
    resources,
    files,
    reloadSettings: buildReloadSettings(ini),
    restartHash: buildHash([files['start.sh'], files['drain.sh'], buildRestartSettings(ini)]),
    configHash: buildHash(files['pgbouncer.ini']),
    environment: [
      ...loginVariables(input),
      credentialVariable('PGBOUNCER_ADMIN_PASSWORD', name, 'pgbouncer-admin-password'),
      ...(monitored ? [monitorVariable(name)] : []),
    ],
    admin: { user: 'chatstack_admin', password: credential(name, 'pgbouncer-admin-password') },
    fileDescriptors: roundedDescriptors,
  };
  return { plan, decisions: buildDecisions(input, plan) };
};

const buildDecisions = ({ spec, placement }: PlanInput, plan: PgbouncerPlan): readonly Decision[] => [
  {
    field: 'pgbouncer.replicas',
    value: plan.replicas,
    ...(placement.processes === 'one'
      ? { reason: 'one process of each program on one machine', source: `placement ${placement.kind}` }
      : { reason: 'one may be lost or replaced while the others serve', source: 'spec, or its default 2' }),
  },
  {
    field: 'pgbouncer.resources',
    value: formatResources(plan.resources),
    reason: 'what each pooler is given',
    source: spec.pgbouncer.resources ? `spec over row ${spec.size}` : `table of sizes, row ${spec.size}`,
  },
  {
    field: 'pgbouncer.fileDescriptors',
    value: plan.fileDescriptors,
    reason: `${spec.pgbouncer.maxClientConnections} clients, the pool and its own files, in steps of 1024`,
    source: 'PgBouncer documentation, max_client_conn',
  },
];
