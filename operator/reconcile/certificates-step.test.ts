import { X509Certificate } from 'node:crypto';
import { describeWithApiServer } from '@chatstack/test/engines/api-server.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { changeAuthority, issueServerCertificate } from '../certificates/issue-for-stack.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { fieldManager, labels } from './child-kinds.ts';
import { readSecretText } from './secrets.ts';
import { openTestCluster, type TestCluster } from './testing/test-cluster.ts';

const certificateOf = (secret: KubernetesObject) => new X509Certificate(readSecretText(secret, 'tls.crt'));
const trustOf = (bundle: KubernetesObject) => String((bundle.data as { 'ca.crt': string })['ca.crt']);

const definition = (kind: string, plural: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.cert-manager.io` },
  spec: {
    group: 'cert-manager.io',
    names: { kind, plural },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

describeWithApiServer('the certificates of stacks on a real API server', (server) => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster(server(), 'certificates');
  });
  afterAll(() => cluster.close());
  const secret = (name: string) => cluster.get(builtIn.secret, name);

  describe('of an authority of its own', () => {
    test('are there before the pods, by the authority that pods are given', async () => {
      await cluster.makeReady('own', { tls: { mode: 'Automatic' } });
      const bundle = await cluster.get(builtIn.configMap, 'own-ca-bundle');
      const authority = new X509Certificate(trustOf(bundle));
      for (const component of ['postgres', 'pgbouncer', 'redis']) {
        const certificate = certificateOf(await secret(`own-${component}-tls`));
        expect(certificate.verify(authority.publicKey)).toBe(true);
        expect(certificate.checkHost(`own-${component}.certificates.svc`)).toBeDefined();
      }
      expect((await secret('own-ca')).metadata.annotations?.['chatstack.dev/certificates']).toBe('SelfSigned');
    });

    test('stay as they are, by a restarted operator too, and cost nothing', async () => {
      await cluster.makeReady('idle', { tls: { mode: 'SelfSigned' } });
      await cluster.awaitQuiet(500);
      const before = await secret('idle-postgres-tls');
      await cluster.stopOperator();
      const requests = cluster.requests.length;
      cluster.startOperator();
      await cluster.awaitQuiet(500);
      expect((await secret('idle-postgres-tls')).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
      expect(cluster.requests.slice(requests).filter((method) => method !== 'GET')).toEqual([]);
    });

    test('are issued anew when somebody breaks or deletes one, and the others stay', async () => {
      await cluster.makeReady('broken', { tls: { mode: 'SelfSigned' } });
      const redis = await secret('broken-redis-tls');
      const { resource, key } = cluster.at(builtIn.secret, 'broken-postgres-tls');
      await cluster.client.patch(resource, key, { data: { 'tls.key': Buffer.from('nonsense').toString('base64') } });
      await cluster.awaitObject(builtIn.secret, 'broken-postgres-tls', (found) =>
        readSecretText(found, 'tls.key').includes('PRIVATE KEY'),
      );
      await cluster.client.delete(builtIn.secret, { ...key, name: 'broken-pgbouncer-tls' });
      await cluster.awaitAbsence(builtIn.secret, 'broken-pgbouncer-tls').catch(() => undefined);
      await cluster.awaitObject(builtIn.secret, 'broken-pgbouncer-tls', () => true);
      expect((await secret('broken-redis-tls')).metadata.resourceVersion).toBe(redis.metadata.resourceVersion);
    });

    test('follow another authority only when every pod has been given it', async () => {
      await cluster.makeReady('rotating', { tls: { mode: 'SelfSigned' } });
      const [leaf, first] = [await secret('rotating-postgres-tls'), await secret('rotating-ca')];
      // The present authority holds for four times the old duration: for the new one that is not long enough.
      await cluster.applyStack('rotating', { tls: { mode: 'SelfSigned', duration: '5000h' } });
      const prepared = await cluster.awaitObject(builtIn.secret, 'rotating-ca', (found) => {
        return (found.data as { 'next.crt'?: string })['next.crt'] !== undefined;
      });
      const next = readSecretText(prepared, 'next.crt');
      await cluster.awaitObject(builtIn.configMap, 'rotating-ca-bundle', (bundle) => trustOf(bundle).includes(next));
      expect(readSecretText(prepared, 'tls.crt')).toBe(readSecretText(first, 'tls.crt'));
      expect((await secret('rotating-postgres-tls')).metadata.resourceVersion).toBe(leaf.metadata.resourceVersion);
    });
  });

  test('of cert-manager are waited for, and the stack trusts who signed them, former authorities too', async () => {
    for (const [kind, plural] of [
      ['Certificate', 'certificates'],
      ['Issuer', 'issuers'],
    ] as const)
      await cluster.client.create(builtIn.customResourceDefinition, definition(kind, plural));
    await cluster.applyStack('managed', { tls: { mode: 'Automatic' } });
    const waiting = await cluster.awaitCondition('managed', 'Progressing', 'True', 'CertificatePending');
    expect(JSON.stringify(waiting.status)).toContain('Certificate managed-postgres: cert-manager has not looked');

    const now = Date.now();
    const lifetimes = { certificate: 3_600_000, renewBefore: 600_000, authority: 7_200_000 };
    const make = () => changeAuthority('create', undefined, { stack: 'managed', lifetimes, now });
    const [former, present] = [make(), make()];
    const write = async (component: string, authority: typeof former) => {
      const commonName = `managed-${component}`;
      const wanted = {
        component: 'redis',
        secretName: `${commonName}-tls`,
        commonName,
        dnsNames: [commonName],
      } as const;
      const { certificate, key } = issueServerCertificate(wanted, authority.current, { lifetimes, now });
      const stringData = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.current.certificate };
      const object = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: wanted.secretName,
          namespace: cluster.namespace,
          labels: { [labels.managedBy]: fieldManager, [labels.instance]: 'managed' },
        },
        stringData,
      };
      await cluster.client.apply(builtIn.secret, object);
    };
    for (const component of ['postgres', 'pgbouncer', 'redis']) await write(component, former);
    const { metadata } = await cluster.awaitCondition('managed', 'Ready', 'True');
    // cert-manager gives them no owner: without one they would outlive the stack.
    const { ownerReferences } = (await cluster.get(builtIn.secret, 'managed-postgres-tls')).metadata;
    expect(ownerReferences).toMatchObject([{ kind: 'ChatStack', uid: metadata.uid }]);
    await write('redis', present);
    const bundle = await cluster.awaitObject(builtIn.configMap, 'managed-ca-bundle', (found) =>
      trustOf(found).includes(present.current.certificate),
    );
    expect(trustOf(bundle)).toContain(former.current.certificate);
  });
});
