import type { BackupPlan } from '../../plan/backup-plan.ts';
import { imageUsers } from '../../plan/images.ts';
import type { EnvironmentVariable, StackPlan } from '../../plan/stack-plan.ts';
import { certificateMounts } from './certificates.ts';
import { buildLabels, buildMetadata, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildPodTemplate, configurationMount, type Mount } from './pod.ts';

/** Where containers find the scripts, the backups, and the folder through which the steps of a restore tell each other. */
export const backupFolders = { scripts: '/etc/chatstack', backups: '/backups', work: '/work' } as const;

/** Annotation of the CronJob: the command that lists backups, as JSON. It runs in a pod of the same kind, without the earlier containers. */
export const listCommandAnnotation = 'chatstack.dev/list-command';

/** Where the kubelet finds the summary that the last container leaves. */
const resultFile = '/dev/termination-log';

/** Longest time of one backup or restore, in seconds. */
export const longestRun = 6 * 3600;

/** Name of the claim of a stack's backups. */
export const backupClaimName = (stack: string): string => childName(stack, 'backups');

const buildClaim = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const target = plan.backup?.target;
  if (target?.kind !== 'volume') return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: buildMetadata(plan, options, {
        name: backupClaimName(plan.name),
        component: 'backup',
        owned: plan.deletionPolicy === 'Delete',
      }),
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: target.size } },
        ...(target.storageClassName === undefined ? {} : { storageClassName: target.storageClassName }),
      },
    },
  ];
};

/** Volumes of a pod that makes or reads backups. `from`: the stack whose backups they are. */
export const backupMounts = (plan: StackPlan, backup: BackupPlan, from: string): readonly Mount[] => [
  configurationMount(childName(plan.name, 'backup'), backupFolders.scripts),
  {
    name: 'backups',
    path: backupFolders.backups,
    source:
      backup.target.kind === 'volume'
        ? { persistentVolumeClaim: { claimName: backupClaimName(from) } }
        : { emptyDir: {} },
  },
  { name: 'scratch', path: '/tmp', source: { emptyDir: { sizeLimit: '64Mi' } } },
  ...certificateMounts(plan),
];

/** Variables of the programs for a bucket. `prefix`: whose backups. */
export const bucketEnvironment = (backup: BackupPlan, prefix: string): readonly EnvironmentVariable[] => {
  const { target, keep } = backup;
  if (target.kind !== 's3') return [];
  return [
    { name: 'NODE_ENV', value: 'production' },
    ...(target.endpoint === undefined ? [] : [{ name: 'S3_ENDPOINT', value: target.endpoint }]),
    { name: 'S3_BUCKET', value: target.bucket },
    { name: 'S3_PREFIX', value: prefix },
    { name: 'S3_REGION', value: target.region },
    { name: 'AWS_ACCESS_KEY_ID', secret: { name: target.secretName, key: 'access-key-id' } },
    { name: 'AWS_SECRET_ACCESS_KEY', secret: { name: target.secretName, key: 'secret-access-key' } },
    { name: 'BACKUPS', value: backupFolders.backups },
    { name: 'KEEP', value: String(keep) },
  ];
};

/** One of the scripts. */
export const scriptCommand = (name: string): readonly string[] => ['sh', `${backupFolders.scripts}/${name}.sh`];

/** One of the programs for a bucket. */
export const bucketCommand = (name: 'upload' | 'fetch' | 'list'): readonly string[] => [
  'node',
  'service/backup/main.ts',
  name,
];

/** pg_dump onto the volume; for a bucket into the pod, from where the service's image uploads it. */
const buildSteps = (backup: BackupPlan) => {
  const dump = (result: string): readonly EnvironmentVariable[] => [
    ...backup.environment,
    { name: 'BACKUPS', value: backupFolders.backups },
    { name: 'KEEP', value: String(backup.keep) },
    { name: 'RESULT', value: result },
  ];
  if (backup.target.kind === 'volume')
    return { image: backup.image, command: scriptCommand('backup'), environment: dump(resultFile) };
  return {
    earlier: [{ name: 'dump', image: backup.image, command: scriptCommand('backup'), environment: dump('/dev/null') }],
    image: backup.serviceImage,
    command: bucketCommand('upload'),
    environment: [...bucketEnvironment(backup, backup.target.prefix), { name: 'RESULT', value: resultFile }],
  };
};

/** What another try does not mend ends a Job at once. */
export const failurePolicy = {
  rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [2] } }],
} as const;

/** The CronJob of backups and, for backups on a volume, the volume, which outlives the stack as the data does. */
export const renderBackup = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { backup } = plan;
  if (backup === undefined) return [];
  const list = backup.target.kind === 'volume' ? scriptCommand('list') : bucketCommand('list');
  const metadata = buildMetadata(plan, options, { name: childName(plan.name, 'backup'), component: 'backup' });
  return [
    ...buildClaim(plan, options),
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { ...metadata, annotations: { [listCommandAnnotation]: JSON.stringify(list) } },
      spec: {
        schedule: backup.schedule,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
          metadata: { labels: buildLabels(plan.name, 'backup') },
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: longestRun,
            podFailurePolicy: failurePolicy,
            template: buildPodTemplate(plan, options, {
              component: 'backup',
              user: imageUsers.postgres,
              ...buildSteps(backup),
              resources: backup.resources,
              ports: {},
              mounts: backupMounts(plan, backup, plan.name),
              probes: {},
              terminationGraceSeconds: 30,
              restartPolicy: 'Never',
              tellsFailure: true,
            }),
          },
        },
      },
    },
  ];
};
