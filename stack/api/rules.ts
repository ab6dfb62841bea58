import type { CelRule } from './fields.ts';

/** The size of the volume when the spec names none: one value for every `size`, so that another size never shrinks a volume. */
export const defaultStorageSize = '10Gi';

/** Parameters of Postgres that follow from other fields or from where the server runs. */
export const decidedParameters = [
  'config_file',
  'data_directory',
  'hba_file',
  'ident_file',
  'include',
  'include_dir',
  'include_if_exists',
  'listen_addresses',
  'password_encryption',
  'port',
  'unix_socket_directories',
] as const;

/** Variables of the service that follow from the other fields. */
export const decidedVariables = [
  'CACHE_OLDER_TTL_SECONDS',
  'CACHE_RECENT_TTL_SECONDS',
  'DATABASE_POOL_SIZE',
  'DATABASE_URL',
  'DATABASE_URL_DIRECT',
  'ENABLE_REDIS_CACHE',
  'HOST',
  'METRICS_PORT',
  'PGPASSWORD',
  'PGUSER',
  'PORT',
  'REDIS_PASSWORD',
  'REDIS_URL',
  'SHUTDOWN_DELAY_SECONDS',
  'SHUTDOWN_GRACE_SECONDS',
] as const;

const list = (names: readonly string[]): string => `[${names.map((name) => `'${name}'`).join(', ')}]`;

const storageSize = (of: 'self' | 'oldSelf'): string =>
  `(has(${of}.storage) && has(${of}.storage.size) ? ${of}.storage.size : '${defaultStorageSize}')`;

const mode = "(has(self.mode) ? self.mode : 'Managed')";

/** Rules over spec.postgres. Those about an External server name what would do nothing there. */
export const postgresRules: readonly CelRule[] = [
  {
    rule: `${mode} != 'External' || has(self.external)`,
    message:
      'mode External expects the field external (host, database, secretRef), found none; add it or use mode Managed',
  },
  {
    rule: `${mode} != 'Managed' || !has(self.external)`,
    message: 'mode Managed expects no field external; remove it or set mode to External',
  },
  ...(['image', 'storage', 'resources', 'parameters'] as const).map((field) => ({
    rule: `${mode} != 'External' || !has(self.${field})`,
    message: `mode External expects no field ${field}: it would do nothing to a server that ChatStack does not run; remove it`,
  })),
  {
    rule: `${mode} == 'External' || quantity(${storageSize('self')}).compareTo(quantity(${storageSize('oldSelf')})) >= 0`,
    message: `storage.size may grow but not shrink (unset means ${defaultStorageSize}); set it to at least what it was`,
  },
];

/** The rule over spec.postgres.mode. */
export const modeRules: readonly CelRule[] = [
  {
    rule: 'self == oldSelf',
    message: 'mode can not be changed: the messages would stay behind in the other server; make a new ChatStack',
  },
];

/** Rules over spec.postgres.parameters. */
export const parametersRules: readonly CelRule[] = [
  {
    rule: "self.all(name, name.matches('^[a-z_][a-z0-9_.]{0,63}$'))",
    message: 'expected names of Postgres parameters in lower case',
  },
  {
    rule: `!self.exists(name, name in ${list(decidedParameters)})`,
    message: `expected none of the parameters ChatStack decides: ${decidedParameters.join(', ')}`,
  },
];

/** The rule over spec.pgbouncer. */
export const pgbouncerRules: readonly CelRule[] = [
  {
    rule: '!has(self.minPoolSize) || !has(self.poolSize) || self.minPoolSize <= self.poolSize',
    message: 'expected minPoolSize to be at most poolSize; lower minPoolSize or raise poolSize',
  },
];

/** The rule over a name in spec.service.env. */
export const variableNameRules: readonly CelRule[] = [
  {
    rule: `!(self in ${list(decidedVariables)})`,
    message: `expected none of the variables ChatStack decides: ${decidedVariables.join(', ')}`,
  },
];

/** The rule over an entry of spec.service.env. */
export const variableRules: readonly CelRule[] = [
  {
    rule: 'has(self.value) != has(self.valueFrom)',
    message: 'expected either value or valueFrom; remove one or add one',
  },
];
