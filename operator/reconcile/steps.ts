import { ensureCertificates } from './certificates-step.ts';
import { applyCluster } from './cluster-step.ts';
import { ensureCredentials } from './credentials-step.ts';
import { applyBackup, applyConfiguration, applyData, applyPolicies } from './data-steps.ts';
import { ensureMigration } from './migration-step.ts';
import { applyMonitoring } from './monitoring-step.ts';
import { awaitOrder, decideOrder } from './order-step.ts';
import { reloadPoolers } from './pool-step.ts';
import { pruneLeftOver } from './pruning-step.ts';
import { checkRequirements } from './requirements-step.ts';
import { restoreBackup } from './restore-step.ts';
import { rotatePasswords } from './rotation-step.ts';
import { applyService } from './service-step.ts';
import type { Step } from './step.ts';
import { followVolumes } from './volumes-step.ts';
import type { Work } from './work.ts';

/**
 * What a stack is made of, in order. The poolers' settings need no migration: a pool grows while one runs, or failed. What measures comes
 * when all else was applied, and nothing but its own condition rests on it.
 */
export const stackSteps: readonly Step<Work>[] = [
  { name: 'requirements', needs: [], run: checkRequirements },
  { name: 'cluster', needs: ['requirements'], run: applyCluster },
  { name: 'credentials', needs: ['cluster'], run: ensureCredentials },
  { name: 'order', needs: ['credentials'], run: decideOrder },
  { name: 'policies', needs: ['credentials'], run: applyPolicies },
  { name: 'certificates', needs: ['credentials'], run: ensureCertificates },
  { name: 'configuration', needs: ['order'], run: applyConfiguration },
  { name: 'data', needs: ['policies', 'certificates', 'configuration'], run: applyData },
  { name: 'volumes', needs: ['data'], run: followVolumes },
  { name: 'pool', needs: ['data'], run: reloadPoolers },
  { name: 'held', needs: ['pool'], run: awaitOrder },
  { name: 'restore', needs: ['data'], run: restoreBackup },
  { name: 'migration', needs: ['restore'], run: ensureMigration },
  { name: 'service', needs: ['migration'], run: applyService },
  { name: 'backup', needs: ['migration'], run: applyBackup },
  { name: 'rotation', needs: ['service', 'backup'], run: rotatePasswords },
  { name: 'monitoring', needs: ['policies', 'configuration'], run: applyMonitoring },
  { name: 'pruning', needs: ['service', 'backup'], run: pruneLeftOver },
];
