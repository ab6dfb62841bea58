import { Client, type ClientConfig } from 'pg';
import { readAuthorities } from '../config/authorities.ts';
import type { DatabaseConfig } from '../config/config.ts';

/** How connections are protected, by the mode that the URL asks for. `caFile` is for `TrustingClient`, which reads it. */
export function buildProtection({ sslMode, caFile }: DatabaseConfig) {
  if (sslMode === 'disable') return false;
  // Without verification there is nobody to trust: require encrypts alone, as in libpq.
  if (sslMode === 'require') return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, ...(caFile === undefined ? {} : { caFile }) };
}

/** A Postgres client that reads the authorities it trusts anew for each connection: a pool makes one of these for each. */
export class TrustingClient extends Client {
  constructor(config: ClientConfig = {}) {
    super(withAuthorities(config));
  }
}

function withAuthorities(config: ClientConfig): ClientConfig {
  const { caFile, ...ssl } = (typeof config.ssl === 'object' ? config.ssl : {}) as { caFile?: string };
  if (caFile === undefined) return config;
  // A pool hides the password from copies that list what there is to see, so all is taken over as it is.
  const value = { ...ssl, ca: readAuthorities(caFile) };
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(config), ssl: { value, enumerable: true, writable: true } },
  );
}
