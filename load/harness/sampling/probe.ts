import type { Sample } from '../../results/load-run.ts';

/** What one probe saw: some of a sample. */
export type Reading = Partial<Omit<Sample, 'at'>>;

/** Something that is asked once a second. */
export type Probe = {
  /** Rejects where it cannot be asked: then this second lacks it. */
  readonly read: () => Promise<Reading>;
  readonly close?: () => Promise<void>;
  /** How often the process it asks was another one than before. */
  readonly restarts?: () => number;
};
