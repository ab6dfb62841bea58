import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../runtime/object.ts';
import { selectFormerJobs } from './pruning-step.ts';

const job = (serial: number, ended?: 'Complete' | 'Failed'): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: `acme-migrate-${serial}`, creationTimestamp: `2026-01-01T00:00:0${serial}Z` },
  status: ended ? { conditions: [{ type: ended, status: 'True' }] } : {},
});

const namesOf = (jobs: KubernetesObject[]) => jobs.map(({ metadata }) => metadata.name).sort();

describe('migration Jobs of former versions', () => {
  test('the newest three are kept for their logs', () => {
    const jobs = [1, 2, 3, 4, 5, 6].map((serial) => job(serial, serial % 2 ? 'Complete' : 'Failed'));
    expect(namesOf(selectFormerJobs(jobs, 'acme-migrate-6'))).toEqual(['acme-migrate-1', 'acme-migrate-2']);
  });

  test('one that has not ended goes: nobody waits for it, and it holds room', () => {
    const jobs = [job(1, 'Complete'), job(2), job(3, 'Complete')];
    expect(namesOf(selectFormerJobs(jobs, 'acme-migrate-3'))).toEqual(['acme-migrate-2']);
  });

  test('the present one is never chosen', () => {
    expect(selectFormerJobs([job(1)], 'acme-migrate-1')).toEqual([]);
  });
});
