import { describe, expect, test } from '@jest/globals';
import { type ChatStackSpecInput, parseChatStackSpec } from '../api/chat-stack.ts';
import { listObjects } from '../render/kubernetes/manifest.ts';
import { renderKubernetes } from '../render/kubernetes/render-kubernetes.ts';
import { defaultImages } from './images.ts';
import { composePlacement, kubernetesPlacement } from './placement.ts';
import type { Observed } from './plan-input.ts';
import { type Planned, planStack } from './plan-stack.ts';
import type { StackPlan } from './stack-plan.ts';

const certManager = new Set(['certificates.cert-manager.io', 'issuers.cert-manager.io']);

const plan = (input: ChatStackSpecInput, observed: Partial<Observed> = {}, placement = kubernetesPlacement('acme')) => {
  const parsed = parseChatStackSpec(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const seen = { definitions: new Set<string>(), ...observed };
  const images = defaultImages;
  return planStack({ name: 'acme', namespace: 'chat', spec: parsed.spec, placement, images, observed: seen });
};
const planOf = (planned: Planned): StackPlan => {
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.plan;
};
const render = (planned: Planned) =>
  listObjects(renderKubernetes(planOf(planned), { namespace: 'chat', credentialsRevision: 'one' }));
const external = {
  mode: 'External' as const,
  external: { host: 'db.example', database: 'chat', secretRef: { name: 'login' } },
};

describe('the certificates of a stack', () => {
  test('are of nobody where it does not encrypt, and on one machine', () => {
    expect(planOf(plan({})).tls).toBeUndefined();
    expect(planOf(plan({ tls: { mode: 'SelfSigned' } }, {}, composePlacement())).tls).toBeUndefined();
  });

  test('are of cert-manager where the cluster serves it as the stack is made, and stay with whom they are', () => {
    const source = (observed: Partial<Observed>) => planOf(plan({ tls: { mode: 'Automatic' } }, observed)).tls?.source;
    expect(source({})).toBe('SelfSigned');
    expect(source({ definitions: new Set(['certificates.cert-manager.io']) })).toBe('SelfSigned');
    expect(source({ definitions: certManager })).toBe('CertManager');
    expect(source({ definitions: certManager, certificateSource: 'SelfSigned' })).toBe('SelfSigned');
    expect(source({ certificateSource: 'CertManager' })).toBe('CertManager');
  });

  test('need the kinds of cert-manager, but no Issuer where one is named', () => {
    const kinds = (input: ChatStackSpecInput['tls']) =>
      planOf(plan({ tls: input })).requires.map(({ kind }) => kind.kind);
    expect(kinds({ mode: 'CertManager' })).toEqual(['Certificate', 'Issuer']);
    expect(kinds({ mode: 'CertManager', issuerRef: { name: 'company', kind: 'ClusterIssuer' } })).toEqual([
      'Certificate',
    ]);
    expect(kinds({ mode: 'SelfSigned' })).toEqual([]);
  });

  test('carry every name under which pods may ask for a component that the stack runs', () => {
    const { certificates } = planOf(plan({ tls: { mode: 'SelfSigned' }, postgres: external })).tls ?? {};
    expect(certificates?.map(({ component }) => component)).toEqual(['pgbouncer', 'redis']);
    expect(certificates?.[0]?.dnsNames).toEqual([
      'acme-pgbouncer',
      'acme-pgbouncer.chat',
      'acme-pgbouncer.chat.svc',
      'acme-pgbouncer.chat.svc.cluster.local',
    ]);
  });

  test('must not be due for replacement as they are issued', () => {
    const planned = plan({ tls: { mode: 'SelfSigned', duration: '24h', renewBefore: '24h' } });
    expect(planned.ok ? [] : planned.faults.map(({ path }) => path)).toEqual(['spec.tls.renewBefore']);
  });

  test('of cert-manager are by an authority of the stack, or by the issuer that is named', () => {
    const kinds = (input: ChatStackSpecInput['tls']) =>
      render(plan({ tls: input }))
        .filter(({ apiVersion }) => apiVersion === 'cert-manager.io/v1')
        .map(({ kind, metadata, spec }) => [kind, metadata.name, (spec as { issuerRef?: unknown }).issuerRef]);
    const own = { name: 'acme-ca', kind: 'Issuer' };
    const company = { name: 'company', kind: 'Issuer' };
    expect(kinds({ mode: 'CertManager' })).toEqual([
      ['Issuer', 'acme-self-signed', undefined],
      ['Certificate', 'acme-ca', { name: 'acme-self-signed', kind: 'Issuer' }],
      ['Issuer', 'acme-ca', undefined],
      ['Certificate', 'acme-postgres', own],
      ['Certificate', 'acme-pgbouncer', own],
      ['Certificate', 'acme-redis', own],
    ]);
    expect(kinds({ mode: 'CertManager', issuerRef: { name: 'company' } }).map(([, , issuer]) => issuer)).toEqual([
      company,
      company,
      company,
    ]);
  });
});

describe('the connections of a stack that encrypts', () => {
  const { pgbouncer, postgres, redis, service, migration } = planOf(plan({ tls: { mode: 'SelfSigned' } }));
  const textOf = (environment: StackPlan['service']['environment'], name: string) =>
    environment.flatMap((variable) => (variable.name === name && 'value' in variable ? [variable.value] : []))[0];

  test('are checked by who makes them', () => {
    expect(pgbouncer.reloadSettings).toMatchObject({
      server_tls_sslmode: 'verify-full',
      server_tls_ca_file: '/etc/chatstack-tls/ca.crt',
      client_tls_sslmode: 'require',
    });
    expect(textOf(service.environment, 'DATABASE_URL')).toBe(
      'postgresql://acme-pgbouncer:6432/chatstack?sslmode=verify-full',
    );
    expect(textOf(service.environment, 'REDIS_URL')).toBe('rediss://acme-redis:6379');
    expect(textOf(migration.environment, 'DATABASE_URL_DIRECT')).toContain('sslmode=verify-full');
    for (const { environment } of [service, migration])
      expect(textOf(environment, 'DATABASE_CA_FILE')).toBe('/etc/chatstack-tls/ca.crt');
  });

  test('are refused without encryption by the servers', () => {
    expect(postgres.mode === 'Managed' ? postgres.files['pg_hba.conf'] : '').not.toMatch(/^host /m);
    expect(redis.files['redis.conf']).toMatch(/^port 0$/m);
  });

  test('follow what is said of an external Postgres', () => {
    const settings = (tls: object) =>
      planOf(plan({ postgres: { ...external, external: { ...external.external, tls } } })).pgbouncer.reloadSettings;
    expect(settings({ mode: 'Disable' }).server_tls_sslmode).toBe('disable');
    expect(settings({}).server_tls_sslmode).toBe('prefer');
    expect(settings({ mode: 'VerifyFull', caSecretRef: { name: 'ca', key: 'ca.pem' } })).toMatchObject({
      server_tls_sslmode: 'verify-full',
      server_tls_ca_file: '/etc/chatstack-postgres-ca/ca.crt',
    });
  });

  test('let no pod see the key of another component, or of the authority', () => {
    const text = (name: string) =>
      JSON.stringify(render(plan({ tls: { mode: 'SelfSigned' } })).filter(({ metadata }) => metadata.name === name));
    expect(text('acme-service')).not.toContain('tls.key');
    expect(text('acme-redis')).toContain('acme-redis-tls');
    for (const name of ['acme-service', 'acme-redis', 'acme-pgbouncer', 'acme-postgres'])
      expect(text(name)).not.toContain('"secretName":"acme-ca"');
  });
});
