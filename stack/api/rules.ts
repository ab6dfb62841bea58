import type { CelRule } from './fields.ts';

/** The size of the volume when the spec names none: one value for every `size`, so that another size never shrinks a volume. */
export const defaultStorageSize = '10Gi';

/** The size of the volume of Prometheus when the spec names none, for every `size`. */
export const defaultMetricsSize = '5Gi';

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
  'ssl',
  'ssl_ca_file',
  'ssl_cert_file',
  'ssl_key_file',
  'unix_socket_directories',
] as const;

/** Variables of the service that follow from the other fields. */
export const decidedVariables = [
  'CACHE_OLDER_TTL_SECONDS',
  'CACHE_RECENT_TTL_SECONDS',
  'DATABASE_CA_FILE',
  'DATABASE_LOGIN_USER',
  'DATABASE_POOL_SIZE',
  'DATABASE_URL',
  'DATABASE_URL_DIRECT',
  'ENABLE_REDIS_CACHE',
  'HOST',
  'METRICS_PORT',
  'PGPASSWORD',
  'PGUSER',
  'PORT',
  'REDIS_CA_FILE',
  'REDIS_PASSWORD',
  'REDIS_URL',
  'REDIS_USERNAME',
  'SHUTDOWN_DELAY_SECONDS',
  'SHUTDOWN_GRACE_SECONDS',
] as const;

const list = (names: readonly string[]): string => `[${names.map((name) => `'${name}'`).join(', ')}]`;

const storageSize = (of: 'self' | 'oldSelf'): string =>
  `(has(${of}.storage) && has(${of}.storage.size) ? ${of}.storage.size : '${defaultStorageSize}')`;

/** Fields of spec.postgres that would do nothing to a server that somebody else runs. */
export const externalExpectsNo = ['image', 'storage', 'resources', 'parameters', 'backup'] as const;

const mode = "(has(self.mode) ? self.mode : 'Managed')";

/** Rules over spec.postgres. Those about an External server name what would do nothing there. */
export const postgresRules: readonly CelRule[] = [
  {
    rule: `${mode} != 'External' || has(self.external)`,
    message:
      'mode External expects the field external (host, database, secretRef), found none; add it or use mode Managed',
  },
  {
    rule: `${mode} == 'External' || !has(self.external)`,
    message: 'modes Managed and CloudNativePG expect no field external; remove it or set mode to External',
  },
  {
    rule: `${mode} == 'CloudNativePG' || !has(self.instances)`,
    message: 'modes Managed and External expect no field instances; remove it or set mode to CloudNativePG',
  },
  {
    rule: `${mode} != 'CloudNativePG' || !has(self.backup)`,
    message: 'mode CloudNativePG expects no field backup: that operator has backups of its own; remove it',
  },
  ...externalExpectsNo.map((field) => ({
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

/** The rule over spec.postgres.external. */
export const externalRules: readonly CelRule[] = [
  {
    rule: "(has(self.tls) && has(self.tls.mode) && self.tls.mode == 'VerifyFull') == (has(self.tls) && has(self.tls.caSecretRef))",
    message: 'expected tls.caSecretRef with tls.mode VerifyFull and only there; add it, remove it, or use another mode',
  },
];

/** The rule over spec.postgres.backup. */
export const backupRules: readonly CelRule[] = [
  { rule: 'has(self.volume) != has(self.s3)', message: 'expected either volume or s3; remove one or add one' },
];

const volumeRules = (unset: string): readonly CelRule[] => [
  {
    rule: `quantity(has(self.size) ? self.size : '${unset}').compareTo(quantity(has(oldSelf.size) ? oldSelf.size : '${unset}')) >= 0`,
    message: `size may grow but not shrink (unset means ${unset}); set it to at least what it was`,
  },
];

/** The rule over spec.postgres.backup.volume. */
export const backupVolumeRules = volumeRules(defaultStorageSize);

/** The rule over spec.monitoring.prometheus.storage. */
export const metricsVolumeRules = volumeRules(defaultMetricsSize);

const prometheusMode = "(has(self.prometheus) && has(self.prometheus.mode) ? self.prometheus.mode : 'Managed')";
const hasAlertmanager = '(has(self.alertmanager) && has(self.alertmanager.enabled) && self.alertmanager.enabled)';

/** Rules over spec.monitoring. */
export const monitoringRules: readonly CelRule[] = [
  {
    rule: `!${hasAlertmanager} || has(self.alertmanager.configSecretRef)`,
    message: 'alertmanager.enabled expects alertmanager.configSecretRef; add it',
  },
  {
    rule: `!${hasAlertmanager} || ${prometheusMode} == 'Managed'`,
    message: 'alertmanager.enabled expects prometheus.mode Managed: alerts of another Prometheus go elsewhere',
  },
  {
    rule: `!has(self.grafana) || !has(self.grafana.mode) || !(self.grafana.mode in ['Managed', 'Operator']) || ${prometheusMode} == 'Managed' || has(self.grafana.prometheusURL)`,
    message: 'grafana expects prometheusURL where prometheus.mode is not Managed; add it',
  },
];

const redisMode = "(has(self.mode) ? self.mode : 'Managed')";

/** Rules over spec.redis. */
export const redisRules: readonly CelRule[] = [
  {
    rule: `(${redisMode} == 'External') == has(self.external)`,
    message:
      'expected the field external (host) with mode External and only there; add it, remove it, or use another mode',
  },
  ...(['image', 'maxMemory', 'resources'] as const).map((field) => ({
    rule: `${redisMode} != 'External' || !has(self.${field})`,
    message: `mode External expects no field ${field}: it would do nothing to a server that ChatStack does not run; remove it`,
  })),
];

/** The rule over spec.tls. */
export const tlsRules: readonly CelRule[] = [
  {
    rule: "!has(self.issuerRef) || (has(self.mode) && self.mode == 'CertManager')",
    message: 'expected issuerRef with mode CertManager only; remove it or set mode to CertManager',
  },
];

/** The rule over spec.service. */
export const serviceRules: readonly CelRule[] = [
  {
    rule: '!has(self.replicas) || !has(self.autoscaling)',
    message: 'expected either replicas or autoscaling; remove one',
  },
];

/** Rules over spec.service.autoscaling. */
export const autoscalingRules: readonly CelRule[] = [
  {
    rule: '(has(self.minReplicas) ? self.minReplicas : 2) <= self.maxReplicas',
    message: 'expected minReplicas (2 when unset) to be at most maxReplicas',
  },
  {
    rule: "!has(self.connections) || (has(self.engine) && self.engine == 'KEDA')",
    message: 'expected connections with engine KEDA only; remove it or set engine to KEDA',
  },
];

const isJwt = "(has(self.mode) && self.mode == 'JWT')";

/** Rules over spec.service.auth. */
export const authRules: readonly CelRule[] = [
  {
    rule: `!${isJwt} || (has(self.issuer) && has(self.audience))`,
    message: 'mode JWT expects issuer and audience of the tokens; add them',
  },
  {
    rule: `!${isJwt} || (has(self.jwksURL) != has(self.secretRef))`,
    message: 'mode JWT expects either jwksURL or secretRef; add one or remove one',
  },
  {
    rule: `${isJwt} || !(has(self.issuer) || has(self.audience) || has(self.jwksURL) || has(self.secretRef) || has(self.algorithms))`,
    message: 'mode Development expects no other field: tokens would not be looked at; set mode to JWT or remove them',
  },
];
