import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { summarizeMigration } from './migration-state.ts';

const job = (status: object): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'acme-migrate-1', namespace: 'chat' },
  status,
});

const podOf = (name: string, reason: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `${name}-x`, namespace: 'chat', labels: { 'batch.kubernetes.io/job-name': name } },
  status: { containerStatuses: [{ name: 'migration', image: 'nobody/nothing:9', state: { waiting: { reason } } }] },
});

describe('how far a migration has come', () => {
  test('one whose pod can not pull its image does not run: it is stuck, and says why', () => {
    const state = summarizeMigration(job({}), [podOf('acme-migrate-1', 'ImagePullBackOff')]);
    expect(state).toMatchObject({ phase: 'stuck', reason: 'ImagePullBackOff' });
    expect(state.message).toMatch(/the migration: .*acme-migrate-1-x.*nobody\/nothing:9/);
  });

  test('pods of other Jobs do not concern it', () => {
    expect(summarizeMigration(job({}), [podOf('acme-migrate-0', 'ImagePullBackOff')]).phase).toBe('running');
  });

  test('one that is tried again says how often it failed and where to look', () => {
    const { phase, message } = summarizeMigration(job({ failed: 1 }), []);
    expect([phase, message]).toEqual([
      'running',
      'Job acme-migrate-1 runs (failed attempts: 1; see: kubectl logs job/acme-migrate-1 -n chat)',
    ]);
    expect(summarizeMigration(job({ failed: 3 }), [])).toMatchObject({ phase: 'stuck', reason: 'MigrationFailing' });
  });
});
