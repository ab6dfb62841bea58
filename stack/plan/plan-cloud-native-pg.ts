import type { Fault } from '../api/fault.ts';
import { defaultStorageSize } from '../api/rules.ts';
import { formatQuantity, quantity } from '../quantity/quantity.ts';
import type { Decision } from './decision.ts';
import { clusterLogin, type PlanInput } from './plan-input.ts';
import { buildPostgresParameters } from './postgres-parameters.ts';
import { buildResources, formatResources } from './resources.ts';
import { sizes } from './sizes.ts';
import type { CloudNativePgPlan } from './stack-plan.ts';

/** The image where the spec names none: CloudNativePG runs only images that hold its own tools. */
const defaultImage = 'ghcr.io/cloudnative-pg/postgresql:18';

const defaultInstances = 3;

/** Parameters that CloudNativePG sets itself, or lets nobody set: its documentation, PostgreSQL Configuration, Fixed parameters. */
const fixedParameters: ReadonlySet<string> = new Set([
  'allow_system_table_mods',
  'archive_cleanup_command',
  'archive_command',
  'archive_mode',
  'bonjour',
  'bonjour_name',
  'cluster_name',
  'data_sync_retry',
  'event_source',
  'external_pid_file',
  'hot_standby',
  'jit_provider',
  'log_destination',
  'log_directory',
  'log_file_mode',
  'log_filename',
  'log_rotation_age',
  'log_rotation_size',
  'log_truncate_on_rotation',
  'logging_collector',
  'primary_conninfo',
  'primary_slot_name',
  'promote_trigger_file',
  'recovery_end_command',
  'recovery_min_apply_delay',
  'recovery_target',
  'recovery_target_action',
  'recovery_target_inclusive',
  'recovery_target_lsn',
  'recovery_target_name',
  'recovery_target_time',
  'recovery_target_timeline',
  'recovery_target_xid',
  'restart_after_crash',
  'restore_command',
  'shared_preload_libraries',
  'ssl',
  'ssl_ca_file',
  'ssl_cert_file',
  'ssl_crl_file',
  'ssl_dh_params_file',
  'ssl_ecdh_curve',
  'ssl_key_file',
  'ssl_passphrase_command',
  'ssl_passphrase_command_supports_reload',
  'ssl_prefer_server_ciphers',
  'stats_temp_directory',
  'synchronized_standby_slots',
  'synchronous_standby_names',
  'syslog_facility',
  'syslog_ident',
  'syslog_sequence_numbers',
  'syslog_split_messages',
  'temp_tablespaces',
  'unix_socket_group',
  'unix_socket_permissions',
]);

/** What of a spec a Cluster of CloudNativePG refuses. */
export const checkFixedParameters = ({ spec }: PlanInput): readonly Fault[] =>
  spec.postgres.mode !== 'CloudNativePG'
    ? []
    : Object.entries(spec.postgres.parameters ?? {})
        .filter(([name]) => fixedParameters.has(name))
        .map(([name, value]) => ({
          path: `spec.postgres.parameters.${name}`,
          expected: 'none of the parameters that CloudNativePG sets itself',
          found: JSON.stringify(value),
          remedy: 'remove it',
        }));

/** Plans a Cluster of CloudNativePG, named like the Postgres of a managed stack. */
export const planCloudNativePg = (
  input: PlanInput,
): { readonly plan: CloudNativePgPlan; readonly decisions: readonly Decision[] } => {
  const { spec, name, placement } = input;
  const row = sizes[spec.size].postgres;
  const resources = buildResources(row, spec.postgres.resources);
  const storageSize = spec.postgres.storage?.size ?? defaultStorageSize;
  const { parameters, decisions } = buildPostgresParameters(
    { memory: resources.requests.memory, storageSize, maxConnections: row.maxConnections, monitored: false },
    spec.postgres.parameters ?? {},
  );
  const { storageClassName } = spec.postgres.storage ?? {};
  const cluster = `${name}-postgres`;
  const plan: CloudNativePgPlan = {
    mode: 'CloudNativePG',
    cluster,
    host: `${cluster}-rw`,
    port: placement.postgres.port,
    database: 'chatstack',
    owner: 'chatstack',
    secretName: clusterLogin(name),
    image: spec.postgres.image ?? defaultImage,
    instances: spec.postgres.instances ?? defaultInstances,
    resources,
    storage: {
      size: formatQuantity(quantity(storageSize)),
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
    parameters,
  };
  return {
    plan,
    decisions: [
      {
        field: 'postgres.instances',
        value: plan.instances,
        reason: 'one takes writes; with three, one may be lost while another takes over and a third still stands by',
        source: spec.postgres.instances === undefined ? "CloudNativePG's recommendation" : 'spec',
      },
      {
        field: 'postgres.resources',
        value: formatResources(resources),
        reason: 'what each instance is given',
        source: spec.postgres.resources ? `spec over row ${spec.size}` : `table of sizes, row ${spec.size}`,
      },
      ...decisions,
    ],
  };
};
