import { describe, expect, test } from '@jest/globals';
import { parseChatStackSpec } from '../api/chat-stack.ts';
import { defaultImages } from './images.ts';
import { kubernetesPlacement } from './placement.ts';
import { planStack } from './plan-stack.ts';

/** Every parameter that the admission webhook of CloudNativePG 1.30 refuses in a Cluster. */
const refusedByCloudNativePg = `
  allow_system_table_mods archive_cleanup_command archive_command archive_mode bonjour bonjour_name cluster_name
  config_file data_directory data_sync_retry event_source external_pid_file hba_file hot_standby ident_file
  jit_provider listen_addresses log_destination log_directory log_file_mode log_filename log_rotation_age
  log_rotation_size log_truncate_on_rotation logging_collector port primary_conninfo primary_slot_name
  promote_trigger_file recovery_end_command recovery_min_apply_delay recovery_target recovery_target_action
  recovery_target_inclusive recovery_target_lsn recovery_target_name recovery_target_time recovery_target_timeline
  recovery_target_xid restart_after_crash restore_command shared_preload_libraries ssl ssl_ca_file ssl_cert_file
  ssl_crl_file ssl_dh_params_file ssl_ecdh_curve ssl_key_file ssl_passphrase_command
  ssl_passphrase_command_supports_reload ssl_prefer_server_ciphers stats_temp_directory synchronized_standby_slots
  synchronous_standby_names syslog_facility syslog_ident syslog_sequence_numbers syslog_split_messages temp_tablespaces
  unix_socket_directories unix_socket_group unix_socket_permissions
`
  .trim()
  .split(/\s+/);

/** The fields of a spec that are refused, by the parser or by the plan. */
const refusals = (parameters: Record<string, string>): readonly string[] => {
  const parsed = parseChatStackSpec({ postgres: { mode: 'CloudNativePG', parameters } });
  if (!parsed.ok) return parsed.faults.map(({ path }) => path);
  const placement = kubernetesPlacement('acme');
  const planned = planStack({ name: 'acme', spec: parsed.spec, placement, images: defaultImages });
  return planned.ok ? [] : planned.faults.map(({ path }) => path);
};

describe('A Cluster of CloudNativePG', () => {
  test.each(refusedByCloudNativePg)('is not asked for with %s, which its webhook would refuse', (name) => {
    expect(refusals({ [name]: 'on' })).toEqual([`spec.postgres.parameters.${name}`]);
  });

  test('may have all other parameters', () => {
    expect(refusals({ work_mem: '8MB', wal_level: 'logical' })).toEqual([]);
  });
});
