import type { BackupPlan } from '../../plan/backup-plan.ts';
import { buildHash } from '../../plan/hash.ts';
import { imageUsers } from '../../plan/images.ts';
import type { EnvironmentVariable, StackPlan } from '../../plan/stack-plan.ts';
import {
  backupFolders,
  backupMounts,
  bucketCommand,
  bucketEnvironment,
  failurePolicy,
  longestRun,
  scriptCommand,
} from './backup.ts';
import { externalAuthorityMounts } from './certificates.ts';
import { buildMetadata, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildPodTemplate, type EarlierContainer } from './pod.ts';

/** What is to be restored, as an annotation of the ChatStack asks for it. */
export interface RestoreRequest {
  /** The whole value: another one is another restore. */
  readonly text: string;
  /** Id of a backup, `latest`, or `finish`, which deletes the database that the restore before replaced. */
  readonly backup: string;
  /** Whose backups: a stack of the namespace, or for a bucket what their keys begin with. Unset: this stack's own. */
  readonly from?: string;
}

/** Annotation of a ChatStack that asks for a restore: `[FROM/]BACKUP[@ANYTHING]`. */
export const restoreAnnotation = 'chatstack.dev/restore';

const form = /^(?:(?<from>[-_./A-Za-z0-9]+)\/)?(?<backup>latest|finish|\d{8}T\d{6}Z)(?:@[-_.A-Za-z0-9]{1,64})?$/;

/** Reads the annotation; undefined when it has another form. */
export const parseRestoreRequest = (text: string): RestoreRequest | undefined => {
  const { from, backup } = form.exec(text)?.groups ?? {};
  return backup === undefined ? undefined : { text, backup, ...(from === undefined ? {} : { from }) };
};

/** Name of the Job of a restore: another one for another request. */
export const restoreJobName = (plan: StackPlan, request: RestoreRequest): string =>
  childName(plan.name, `restore-${buildHash(request.text)}`);

/** In a bucket, a plain name is a stack of this namespace; whatever has a slash is a prefix. */
const prefixOf = (plan: StackPlan, own: string, from: string | undefined): string =>
  from === undefined ? own : from.includes('/') ? from : `${plan.namespace}/${from}`;

const buildSteps = (plan: StackPlan, backup: BackupPlan, request: RestoreRequest, mark: string) => {
  const folders: readonly EnvironmentVariable[] = [
    { name: 'BACKUPS', value: backupFolders.backups },
    { name: 'WORK', value: backupFolders.work },
    { name: 'BACKUP', value: request.backup },
    { name: 'REQUEST', value: mark },
  ];
  const script = (name: string): EarlierContainer => ({
    name,
    image: backup.image,
    command: scriptCommand(name),
    environment: [...backup.restoreEnvironment, ...folders],
  });
  if (request.backup === 'finish') return script('finish');
  const { target } = backup;
  const fetch: readonly EarlierContainer[] =
    target.kind === 's3'
      ? [
          {
            name: 'fetch',
            image: backup.serviceImage,
            command: bucketCommand('fetch'),
            environment: [
              ...bucketEnvironment(backup, prefixOf(plan, target.prefix, request.from)),
              { name: 'BACKUP', value: request.backup },
            ],
          },
        ]
      : [];
  const adopt: EarlierContainer = {
    name: 'adopt',
    image: backup.serviceImage,
    command: ['node', 'service/adopt.ts'],
    environment: [...backup.adoptEnvironment, { name: 'RESTORE_DONE', value: `${backupFolders.work}/done` }],
  };
  return {
    earlier: [...fetch, script('load'), adopt, script('swap')],
    image: backup.serviceImage,
    command: ['node', 'service/forget.ts'],
    environment: backup.forgetEnvironment,
  };
};

/**
 * The Job of one restore. Its mark, which the restored database keeps, is of the request alone: a stack that is applied anew with the
 * same annotation, on the volume it had, finds the restore done. Nothing that is served changes before its step `swap`, which changes all at once; steps are repeated
 * from the first, and one that has been done already is found so. Undefined where the plan has no backups.
 *
 * ```
 *  fetch (bucket) ─▶ load: check, pg_restore, count ─▶ adopt: migrate, new epoch ─▶ swap ─▶ forget cached pages
 * ```
 */
export const renderRestore = (
  plan: StackPlan,
  options: RenderOptions,
  request: RestoreRequest,
): Manifest | undefined => {
  const { backup } = plan;
  if (backup === undefined) return undefined;
  const mark = buildHash(request.text);
  const from = backup.target.kind === 'volume' ? (request.from ?? plan.name) : plan.name;
  const { name: _step, ...steps } = { name: '', ...buildSteps(plan, backup, request, mark) };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: buildMetadata(plan, options, { name: restoreJobName(plan, request), component: 'restore' }),
    spec: {
      backoffLimit: 2,
      activeDeadlineSeconds: longestRun,
      podFailurePolicy: failurePolicy,
      template: buildPodTemplate(plan, options, {
        component: 'restore',
        user: imageUsers.postgres,
        ...steps,
        resources: backup.resources,
        ports: {},
        mounts: [
          ...backupMounts(plan, backup, from),
          // The last step talks to Redis as the service does.
          ...externalAuthorityMounts(plan, 'redis'),
          { name: 'work', path: backupFolders.work, source: { emptyDir: { sizeLimit: '1Mi' } } },
        ],
        probes: {},
        terminationGraceSeconds: 30,
        restartPolicy: 'Never',
        tellsFailure: true,
      }),
    },
  };
};
