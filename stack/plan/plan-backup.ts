import { defaultStorageSize } from '../api/rules.ts';
import { buildBackupScript } from '../config/backup/backup-script.ts';
import { buildListScript } from '../config/backup/list-script.ts';
import { buildFinishScript, buildLoadScript, buildSwapScript, freshDatabase } from '../config/backup/restore-script.ts';
import { loginPairs } from '../config/bootstrap-sql.ts';
import { buildMigrationEnvironment } from '../config/service-environment.ts';
import { formatQuantity, quantity } from '../quantity/quantity.ts';
import type { BackupBucket, BackupPlan, BackupVolume } from './backup-plan.ts';
import type { Decision } from './decision.ts';
import { credentialVariable, databaseLogin, type PlanInput, turnVariables } from './plan-input.ts';
import { postgresProtection, type TlsPlan } from './plan-tls.ts';
import { buildResources } from './resources.ts';
import { sizes } from './sizes.ts';
import type { EnvironmentVariable, PostgresPlan, ServicePlan } from './stack-plan.ts';

type AskedBackup = NonNullable<PlanInput['spec']['postgres']['backup']>;

const planTarget = ({ volume, s3 }: AskedBackup, stack: string): BackupVolume | BackupBucket => {
  if (s3 === undefined) {
    const { size = defaultStorageSize, storageClassName } = volume ?? {};
    return {
      kind: 'volume',
      size: formatQuantity(quantity(size)),
      ...(storageClassName === undefined ? {} : { storageClassName }),
    };
  }
  const { bucket, prefix = stack, endpoint, region, secretRef } = s3;
  return {
    kind: 's3',
    bucket,
    prefix: prefix.replace(/\/+$/, ''),
    ...(endpoint === undefined ? {} : { endpoint }),
    region,
    secretName: secretRef.name,
  };
};

const decide = (asked: AskedBackup, target: BackupVolume | BackupBucket): readonly Decision[] => [
  {
    field: 'postgres.backup.schedule',
    value: `${asked.schedule} (UTC)`,
    reason: `a complete dump each time, of which ${asked.keep} are kept`,
    source: 'spec over its defaults',
  },
  target.kind === 'volume'
    ? {
        field: 'postgres.backup.volume.size',
        value: target.size,
        reason: `has to hold ${asked.keep + 1} dumps: the oldest goes once a newer one is complete`,
        source: asked.volume?.size === defaultStorageSize ? 'default' : 'spec',
      }
    : {
        field: 'postgres.backup.s3.prefix',
        value: `${target.bucket}/${target.prefix}`,
        reason: 'keys of the backups of this stack begin with it',
        source: asked.s3?.prefix === undefined ? 'namespace and name of the stack' : 'spec',
      },
];

/** Plans backups: only in Kubernetes, and only of a Postgres that the stack itself runs. */
export const planBackup = (
  input: PlanInput,
  postgres: PostgresPlan,
  service: ServicePlan,
  tls: TlsPlan | undefined,
): { readonly plan: BackupPlan | undefined; readonly decisions: readonly Decision[] } => {
  const { spec, name, namespace = 'default', placement } = input;
  const asked = spec.postgres.backup;
  if (asked === undefined || postgres.mode !== 'Managed' || placement.kind !== 'kubernetes')
    return { plan: undefined, decisions: [] };
  const { host, port, database, image } = postgres;
  const target = planTarget(asked, `${namespace}/${name}`);
  const protection = postgresProtection(input, tls);
  const server: readonly EnvironmentVariable[] = [
    { name: 'PGHOST', value: host },
    { name: 'PGPORT', value: String(port) },
    ...(protection.mode === 'disable' ? [] : [{ name: 'PGSSLMODE', value: protection.mode }]),
    ...(protection.caFile === undefined ? [] : [{ name: 'PGSSLROOTCERT', value: protection.caFile }]),
  ];
  const plan: BackupPlan = {
    schedule: asked.schedule,
    keep: asked.keep,
    target,
    image,
    serviceImage: service.image,
    resources: buildResources(sizes[spec.size].backup, undefined),
    files: {
      'backup.sh': buildBackupScript(),
      'list.sh': buildListScript(),
      'load.sh': buildLoadScript(),
      'swap.sh': buildSwapScript(),
      'finish.sh': buildFinishScript(),
    },
    environment: [
      ...server,
      { name: 'PGDATABASE', value: database },
      { name: 'PGUSER', value: loginPairs.service.first },
      ...turnVariables(input, { DATABASE_LOGIN_USER: 'service-user' }),
      credentialVariable('PGPASSWORD', name, 'service-password'),
      { name: 'STACK', value: name },
      { name: 'NAMESPACE', value: namespace },
    ],
    restoreEnvironment: [
      ...server,
      credentialVariable('POSTGRES_PASSWORD', name, 'postgres-password'),
      credentialVariable('SERVICE_PASSWORD', name, 'service-password'),
      ...turnVariables(input, { DATABASE_LOGIN_USER: 'service-user' }),
    ],
    adoptEnvironment: buildMigrationEnvironment(
      { host, port, database: freshDatabase, protection },
      databaseLogin(input),
    ),
    forgetEnvironment: service.environment,
  };
  return { plan, decisions: decide(asked, target) };
};
