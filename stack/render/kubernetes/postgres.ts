import { imageUsers } from '../../plan/images.ts';
import type { ManagedPostgresPlan, StackPlan } from '../../plan/stack-plan.ts';
import { certificateMounts } from './certificates.ts';
import { renderCluster } from './cloud-native-pg.ts';
import { buildMetadata, buildSelector, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildNetworkService } from './network-service.ts';
import { buildPodTemplate, configurationMount, type Mount, memoryMount, revisionOf } from './pod.ts';
import { buildProbes, byConnection, byProgram } from './probes.ts';

const volume = 'data';

/** A claim of its own rather than a template's: templates are immutable, and a volume must be able to grow. */
const buildClaim = (plan: StackPlan, postgres: ManagedPostgresPlan, options: RenderOptions): Manifest => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: buildMetadata(plan, options, {
    name: childName(plan.name, 'postgres'),
    component: 'postgres',
    owned: plan.deletionPolicy === 'Delete',
  }),
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: postgres.storage.size } },
    ...(postgres.storage.storageClassName === undefined ? {} : { storageClassName: postgres.storage.storageClassName }),
  },
});

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

const mounts = (plan: StackPlan, postgres: ManagedPostgresPlan): readonly Mount[] => [
  configurationMount(childName(plan.name, 'postgres'), plan.placement.postgres.configFolder),
  {
    name: volume,
    path: folderOf(postgres.dataFolder),
    source: { persistentVolumeClaim: { claimName: childName(plan.name, 'postgres') } },
  },
  { name: 'scratch', path: plan.placement.postgres.runFolder, source: { emptyDir: {} } },
  // The 64 MiB a container runtime gives by default are too few for parallel maintenance.
  memoryMount('shared-memory', '/dev/shm', '256Mi'),
  ...certificateMounts(plan, 'postgres'),
];

const buildStatefulSet = (plan: StackPlan, postgres: ManagedPostgresPlan, options: RenderOptions): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: buildMetadata(plan, options, { name: childName(plan.name, 'postgres'), component: 'postgres' }),
  spec: {
    replicas: 1,
    revisionHistoryLimit: 2,
    // Otherwise a pod that never became ready, say of a misspelt image, would not be replaced when the image is corrected.
    podManagementPolicy: 'Parallel',
    serviceName: childName(plan.name, 'postgres-headless'),
    selector: { matchLabels: buildSelector(plan.name, 'postgres') },
    template: buildPodTemplate(plan, options, {
      component: 'postgres',
      user: imageUsers.postgres,
      image: postgres.image,
      command: ['sh', `${plan.placement.postgres.configFolder}/start.sh`],
      environment: [...postgres.environment, { name: 'CREDENTIALS_REVISION', value: revisionOf(options, 'postgres') }],
      resources: postgres.resources,
      ports: { postgres: postgres.port },
      mounts: mounts(plan, postgres),
      // Recovery after a crash reads the log since the last checkpoint: minutes, on a slow volume.
      probes: buildProbes(
        byProgram('pg_isready', '-q', '-h', '127.0.0.1', '-p', String(postgres.port), '-d', postgres.database),
        byConnection('postgres'),
        600,
      ),
      // SIGINT is Postgres's fast shutdown. SIGTERM, which follows and is then ignored, would wait for poolers that never leave.
      lifecycle: { preStop: { exec: { command: ['sh', '-c', 'kill -INT 1'] } } },
      terminationGraceSeconds: 60,
      restartHash: postgres.restartHash,
    }),
  },
});

/** The objects of Postgres, of which there are none when somebody else runs it. */
export const renderPostgres = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { postgres } = plan;
  if (postgres.mode === 'External') return [];
  if (postgres.mode === 'CloudNativePG') return [renderCluster(plan, postgres, options)];
  const ports = { postgres: postgres.port };
  const name = childName(plan.name, 'postgres');
  return [
    buildClaim(plan, postgres, options),
    // There is no other pod to lead poolers to, and they try again by themselves: they need not wait for a probe to say yes.
    buildNetworkService(plan, options, { name, component: 'postgres', ports, whileNotReady: true }),
    buildNetworkService(plan, options, { name: `${name}-headless`, component: 'postgres', ports, headless: true }),
    buildStatefulSet(plan, postgres, options),
  ];
};
