import type { IdentityConfig } from '../config/identity-config.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** What whoever runs the service must know at its start about who is believed to be whom. */
export function listIdentityWarnings(config: IdentityConfig): readonly string[] {
  if (config.mode === 'development') {
    return [
      'DEVELOPMENT IDENTITY: every caller is believed to be the userId it names. Do not expose this to the internet. ' +
        'AUTH_MODE=jwt asks for tokens.',
    ];
  }
  const url = 'jwksUrl' in config.keys ? new URL(config.keys.jwksUrl) : undefined;
  if (url?.protocol !== 'http:' || LOOPBACK.test(url.hostname)) return [];
  return [
    `KEYS OVER PLAIN HTTP: whoever is between this service and ${url.host} can give it keys of their own. ` +
      'Set JWT_JWKS_URL to an https URL.',
  ];
}
