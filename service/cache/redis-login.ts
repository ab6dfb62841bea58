import { readAuthorities } from '../config/authorities.ts';
import type { RedisConfig } from '../config/config.ts';

/**
 * Who a connection is to Redis, and whom it trusts, as options of ioredis. It copies `tls` for each connection, so that the file of the
 * authority is read anew then.
 */
export const buildLogin = ({ username, password, caFile }: RedisConfig) => ({
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  ...(caFile === undefined ? {} : { tls: buildTrust(caFile) }),
});

const buildTrust = (caFile: string) => ({
  get ca() {
    return readAuthorities(caFile);
  },
});
