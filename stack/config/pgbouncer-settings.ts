/**
 * Settings that a running PgBouncer takes only at its start, from its documentation and `SHOW CONFIG` (column `changeable`), versions
 * 1.18 to 1.26. RELOAD brings all others into force.
 */
export const restartOnlySettings = [
  'disable_pqexec',
  'job_name',
  'listen_addr',
  'listen_backlog',
  'listen_port',
  'pidfile',
  'pkt_buf',
  'resolv_conf',
  'so_reuseport',
  'track_extra_parameters',
  'unix_socket_dir',
  'unix_socket_group',
  'unix_socket_mode',
  'user',
] as const;

/** The first version (major.minor) that knows a setting; those not listed are as old as 1.18. */
const settingsSince: { readonly [name: string]: string } = {
  auth_dbname: '1.19',
  max_prepared_statements: '1.21',
};

const parts = (version: string): readonly [number, number] => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
};

/** Whether a PgBouncer of this version (major.minor) knows the setting. */
export const isKnownSetting = (name: string, version: string): boolean => {
  const [since, found] = [parts(settingsSince[name] ?? '0.0'), parts(version)];
  return found[0] > since[0] || (found[0] === since[0] && found[1] >= since[1]);
};

/** Whether RELOAD brings another value of the setting into force. */
export const isReloadable = (name: string): boolean => !(restartOnlySettings as readonly string[]).includes(name);
