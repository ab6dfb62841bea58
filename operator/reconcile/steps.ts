import { ensureCredentials } from './credentials-step.ts';
import { applyConfiguration, applyData, applyService } from './data-steps.ts';
import { ensureMigration } from './migration-step.ts';
import { reloadPoolers } from './pool-step.ts';
import { pruneLeftOver } from './pruning-step.ts';
import type { Step } from './step.ts';
import type { Work } from './work.ts';

/** What a stack is made of, in order. The poolers' settings need no migration: a pool grows while one runs, or failed. */
export const stackSteps: readonly Step<Work>[] = [
  { name: 'credentials', needs: [], run: ensureCredentials },
  { name: 'configuration', needs: ['credentials'], run: applyConfiguration },
  { name: 'data', needs: ['configuration'], run: applyData },
  { name: 'pool', needs: ['data'], run: reloadPoolers },
  { name: 'migration', needs: ['data'], run: ensureMigration },
  { name: 'service', needs: ['migration'], run: applyService },
  { name: 'pruning', needs: ['service'], run: pruneLeftOver },
];
