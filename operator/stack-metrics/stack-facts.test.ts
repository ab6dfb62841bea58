import { expect, test } from '@jest/globals';
import { issueCertificate } from '../certificates/issue-certificate.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { type FactsInput, summarizeFacts } from './stack-facts.ts';

const objectOf = (kind: string, name: string, fields: object, component = ''): KubernetesObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, labels: { 'app.kubernetes.io/component': component } },
  ...fields,
});

const factsOf = (input: Partial<FactsInput>) =>
  summarizeFacts({
    status: {},
    observed: { workloads: new Map(), jobs: [], pods: [], backupJobs: [] },
    claims: [],
    certificates: [],
    ...input,
  });

const budget = { lines: [], total: 70, headroom: 27 };
const status = {
  pool: { size: 20, reserve: 5, min: 10, perService: 10 },
  connectionBudget: { maxConnections: 97, ...budget },
  clientBudget: { maxClients: 16_000, reason: '', ...budget },
};

test('a stack that was never planned has nothing to tell', () => {
  expect(factsOf({})).toEqual({ conditions: [], budgets: [], certificates: [], replicas: [], volumes: [] });
});

test('without poolers there are no pools, and no clients of them', () => {
  const poolers = { components: [{ name: 'pgbouncer', ready: 1, desired: 2 }] };
  expect(factsOf({ status: { ...status, ...poolers } })).toMatchObject({
    pool: { size: 20, reserve: 5, min: 10 },
    budgets: [{ layer: 'postgres' }, { layer: 'clients', connections: 70, limit: 16_000, headroom: 27 }],
  });
  const without = factsOf({ status });
  expect(without.pool).toBeUndefined();
  expect(without.budgets).toEqual([{ layer: 'postgres', connections: 70, limit: 97, headroom: 27 }]);
});

test('backups that were never made have a schedule alone', () => {
  const at = '2026-01-01T03:00:00Z';
  const lastSuccess = { id: 'x', at, bytes: 1, rows: 1, seconds: 1 };
  expect(factsOf({ status: { backup: { schedule: '0 3 * * *' } } }).backup).toEqual({ scheduleSeconds: 86_400 });
  expect(factsOf({ status: { backup: { schedule: '0 3 * * *', lastSuccess } } }).backup).toEqual({
    scheduleSeconds: 86_400,
    lastSuccess: Date.parse(at) / 1000,
  });
});

test('a volume is as large as it is, else as was asked for, and one of each component is told of', () => {
  const claim = (name: string, component: string, asked: string, capacity?: string) =>
    objectOf(
      'PersistentVolumeClaim',
      name,
      {
        spec: { resources: { requests: { storage: asked } } },
        status: capacity === undefined ? {} : { capacity: { storage: capacity } },
      },
      component,
    );
  const claims = [
    claim('new', 'backup', '2Gi'),
    claim('data', 'postgres', '1Gi', '4Gi'),
    claim('other', 'postgres', '1Gi', '1Gi'),
  ];
  expect(factsOf({ claims }).volumes).toEqual([
    { component: 'backup', bytes: 2 * 2 ** 30 },
    { component: 'postgres', bytes: 4 * 2 ** 30 },
  ]);
});

test('a certificate ends when it says; a Secret without one, or with something else, is passed over', () => {
  const notAfter = Date.UTC(2026, 5, 1);
  const { certificate } = issueCertificate({ commonName: 'acme', notBefore: 0, notAfter });
  const secret = (name: string, text?: string) =>
    objectOf('Secret', name, { data: text === undefined ? {} : { 'tls.crt': Buffer.from(text).toString('base64') } });
  const certificates = [secret('good', certificate), secret('none'), secret('odd', 'nonsense')];
  expect(factsOf({ certificates }).certificates).toEqual([{ secret: 'good', expiry: notAfter / 1000 }]);
});

test('a Cluster of CloudNativePG counts its instances', () => {
  const cluster = objectOf('Cluster', 'acme-postgres', { spec: { instances: 3 }, status: { readyInstances: 2 } });
  const workloads = new Map([['postgres', cluster]]);
  expect(factsOf({ observed: { workloads, jobs: [], pods: [], backupJobs: [] } }).replicas).toEqual([
    { component: 'postgres', ready: 2, wanted: 3 },
  ]);
});
