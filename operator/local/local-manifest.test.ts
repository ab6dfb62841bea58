import { formatFaults } from '@chatstack/stack/api/fault.ts';
import { describe, expect, test } from '@jest/globals';
import { parseLocalManifest } from './local-manifest.ts';

const manifest = (annotations: Record<string, string> = {}, spec: unknown = {}): unknown => ({
  apiVersion: 'chatstack.dev/v1alpha1',
  kind: 'ChatStack',
  metadata: { name: 'local', annotations },
  spec,
});
const faultsOf = (document: unknown, env: Record<string, string> = {}): string => {
  const parsed = parseLocalManifest(document, env);
  return parsed.ok ? '' : formatFaults(parsed.faults);
};

describe('a manifest read for this machine', () => {
  test('takes ports from the environment before annotations before the standard ones', () => {
    const annotations = { 'chatstack.dev/local-postgres-port': '15432', 'chatstack.dev/local-redis-port': '16379' };
    const parsed = parseLocalManifest(manifest(annotations), { CHATSTACK_REDIS_PORT: '26379' });
    expect(parsed).toMatchObject({ ok: true, manifest: { ports: { postgres: 15432, redis: 26379, service: 3001 } } });
  });

  test('names every fault at once: ports, unknown fields, two programs on one port', () => {
    const text = faultsOf(manifest({ 'chatstack.dev/local-service-port': '0' }, { sizee: 'small' }), {
      CHATSTACK_METRICS_PORT: '6379',
    });
    expect(text).toContain('chatstack.dev/local-service-port: expected a port from 1 to 65535, found "0"');
    expect(text).toContain('CHATSTACK_METRICS_PORT: expected a port of its own, found 6379, that of redis');
    expect(text).toContain('sizee');
  });

  test('finds two programs on one port, whichever of them was moved', () => {
    expect(faultsOf(manifest(), { CHATSTACK_POSTGRES_PORT: '6379' })).toContain('found 6379, that of redis');
  });

  test('refuses what is no ChatStack and an external Postgres, whose login no Secret holds here', () => {
    expect(faultsOf({ kind: 'Pod' })).toContain('expected a ChatStack manifest');
    const external = { mode: 'External', external: { host: 'db', database: 'chat', secretRef: { name: 'db' } } };
    expect(faultsOf(manifest({}, { postgres: external }))).toContain('spec.postgres.mode: expected Managed');
  });

  test('refuses tokens that are checked with a Secret', () => {
    const auth = { mode: 'JWT', issuer: 'a', audience: 'b', secretRef: { name: 'auth', key: 'secret' } };
    expect(faultsOf(manifest({}, { service: { auth } }))).toContain('spec.service.auth.secretRef: expected a value');
  });

  test('refuses a variable whose value is in a Secret', () => {
    const env = [
      { name: 'LOG_LEVEL', value: 'debug' },
      { name: 'JWT_SECRET', valueFrom: { secretKeyRef: { name: 'auth', key: 'secret' } } },
    ];
    expect(faultsOf(manifest({}, { service: { env } }))).toContain('spec.service.env[1].valueFrom: expected a value');
  });
});
