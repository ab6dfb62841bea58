import { defaultStorageSize } from '../api/rules.ts';
import { buildPgHbaConf, buildPostgresqlConf } from '../config/postgresql-conf.ts';
import { buildStartPostgres } from '../config/start-postgres.ts';
import { formatQuantity, quantity } from '../quantity/quantity.ts';
import type { Decision } from './decision.ts';
import { buildHash } from './hash.ts';
import { isMeasured } from './measured.ts';
import { planCloudNativePg } from './plan-cloud-native-pg.ts';
import { monitorVariable } from './plan-exporters.ts';
import { credentialVariable, type PlanInput, turnVariables } from './plan-input.ts';
import { certificateFolder, type TlsPlan } from './plan-tls.ts';
import { buildPostgresParameters } from './postgres-parameters.ts';
import { buildResources, formatResources } from './resources.ts';
import { sizes } from './sizes.ts';
import type { ExternalPostgresPlan, ManagedPostgresPlan, PostgresPlan } from './stack-plan.ts';

const database = 'chatstack';

const planExternal = (external: NonNullable<PlanInput['spec']['postgres']['external']>): ExternalPostgresPlan => ({
  mode: 'External',
  host: external.host,
  port: external.port,
  database: external.database,
  secretName: external.secretRef.name,
});

/** Plans Postgres: the server of the stack with its files, or where the external one is. */
export const planPostgres = (
  input: PlanInput,
  tls: TlsPlan | undefined,
): { readonly plan: PostgresPlan; readonly decisions: readonly Decision[] } => {
  const { spec, placement, images, name } = input;
  if (spec.postgres.external !== undefined) return { plan: planExternal(spec.postgres.external), decisions: [] };
  if (spec.postgres.mode === 'CloudNativePG') return planCloudNativePg(input);
  const row = sizes[spec.size].postgres;
  const resources = buildResources(row, spec.postgres.resources);
  const monitored = isMeasured(input);
  const storageSize = spec.postgres.storage?.size ?? defaultStorageSize;
  const { parameters, decisions } = buildPostgresParameters(
    { memory: resources.requests.memory, storageSize, maxConnections: row.maxConnections, monitored },
    spec.postgres.parameters ?? {},
  );
  const { configFolder, dataFolder, listen, port, host } = placement.postgres;
  const configFile = `${configFolder}/postgresql.conf`;
  const hbaFile = `${configFolder}/pg_hba.conf`;
  const certificates = tls === undefined ? {} : { certificateFolder };
  const files = {
    'postgresql.conf': buildPostgresqlConf({ listen, port, hbaFile, parameters, ...certificates }),
    'pg_hba.conf': buildPgHbaConf(placement.kind === 'local' ? 'this machine' : 'anywhere', tls !== undefined),
    'start.sh': buildStartPostgres({ dataFolder, configFile, hbaFile, ...certificates, monitored }),
  };
  const { storageClassName } = spec.postgres.storage ?? {};
  const plan: ManagedPostgresPlan = {
    mode: 'Managed',
    host,
    port,
    database,
    image: spec.postgres.image ?? images.postgres,
    resources,
    storage: {
      size: formatQuantity(quantity(storageSize)),
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
    dataFolder,
    files,
    parameters,
    environment: [
      credentialVariable('POSTGRES_PASSWORD', name, 'postgres-password'),
      credentialVariable('SERVICE_PASSWORD', name, 'service-password'),
      credentialVariable('PGBOUNCER_PASSWORD', name, 'pgbouncer-password'),
      ...turnVariables(input, {
        SERVICE_USER: 'service-user',
        PGBOUNCER_USER: 'pgbouncer-user',
        OTHER_SERVICE_PASSWORD: 'other-service-password',
        OTHER_PGBOUNCER_PASSWORD: 'other-pgbouncer-password',
      }),
      ...(monitored ? [monitorVariable(name)] : []),
    ],
    restartHash: buildHash(files),
  };
  return {
    plan,
    decisions: [
      {
        field: 'postgres.resources',
        value: formatResources(resources),
        reason: 'what Postgres is given',
        source: spec.postgres.resources ? `spec over row ${spec.size}` : `table of sizes, row ${spec.size}`,
      },
      {
        field: 'postgres.storage.size',
        value: plan.storage.size,
        reason: 'the volume may grow later, never shrink',
        source: spec.postgres.storage ? 'spec' : 'the same for every size',
      },
      ...decisions,
    ],
  };
};
