import { describe, expect, test } from '@jest/globals';
import { type ChatStackSpecInput, parseChatStackSpec } from '../../api/chat-stack.ts';
import { defaultImages } from '../../plan/images.ts';
import { composePlacement, kubernetesPlacement } from '../../plan/placement.ts';
import { planStack } from '../../plan/plan-stack.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { renderBackup } from './backup.ts';
import { parseRestoreRequest, renderRestore } from './restore.ts';

type Backup = NonNullable<NonNullable<ChatStackSpecInput['postgres']>['backup']>;

const planOf = (backup: Backup | undefined, spec: ChatStackSpecInput = {}, compose = false): StackPlan => {
  const parsed = parseChatStackSpec({ ...spec, postgres: { ...(backup ? { backup } : {}) } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const planned = planStack({
    name: 'acme',
    namespace: 'chat',
    spec: parsed.spec,
    placement: compose ? composePlacement() : kubernetesPlacement('acme'),
    images: defaultImages,
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return planned.plan;
};
const options = { namespace: 'chat', owner: { uid: 'owner' }, credentialsRevision: 'first' };
const s3: Backup = { s3: { bucket: 'backups', secretRef: { name: 'bucket-login' } } };

type Container = { name: string; image: string; command: string[]; env: { name: string; value?: string }[] };
type PodSpec = { initContainers?: Container[]; containers: Container[]; volumes: Record<string, unknown>[] };
const jobOf = (manifest: unknown) => (manifest as { spec: { template: { spec: PodSpec } } }).spec.template.spec;
const cronJobOf = (backup: Backup): { schedule: string; pod: PodSpec } => {
  const found = renderBackup(planOf(backup), options).find(({ kind }) => kind === 'CronJob');
  const { schedule, jobTemplate } = (found?.spec ?? {}) as { schedule: string; jobTemplate: unknown };
  return { schedule, pod: jobOf(jobTemplate) };
};
const restoreOf = (backup: Backup, text: string): PodSpec => {
  const request = parseRestoreRequest(text);
  if (request === undefined) throw new Error(`expected a request, found ${text}`);
  return jobOf(renderRestore(planOf(backup), options, request));
};
const variableOf = (container: Container | undefined, name: string) =>
  container?.env.find((variable) => variable.name === name)?.value;

describe('Backups', () => {
  test('are none unless the spec asks for them, and none outside of Kubernetes', () => {
    expect(renderBackup(planOf(undefined), options)).toEqual([]);
    expect(planOf({ volume: {} }, {}, true).backup).toBeUndefined();
  });

  test('are on a volume that outlives the stack, unless that takes its data along', () => {
    const claimOf = (spec: ChatStackSpecInput) =>
      renderBackup(planOf({ volume: {} }, spec), options).find(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(claimOf({})?.metadata).toMatchObject({ name: 'acme-backups' });
    expect(claimOf({})?.metadata.ownerReferences).toBeUndefined();
    expect(claimOf({ deletionPolicy: 'Delete' })?.metadata.ownerReferences).toHaveLength(1);
  });

  test('are dumped straight onto the volume by the image of Postgres', () => {
    const { schedule, pod } = cronJobOf({ schedule: '@daily', volume: {} });
    expect(schedule).toBe('@daily');
    expect(pod.initContainers).toBeUndefined();
    expect(pod.containers).toMatchObject([
      { image: defaultImages.postgres, command: ['sh', '/etc/chatstack/backup.sh'] },
    ]);
    expect(pod.volumes).toContainEqual({ name: 'backups', persistentVolumeClaim: { claimName: 'acme-backups' } });
  });

  test('go to a bucket by way of the pod, under namespace and name unless a prefix is given', () => {
    const { pod } = cronJobOf(s3);
    expect(pod.initContainers?.map(({ name, image }) => [name, image])).toEqual([['dump', defaultImages.postgres]]);
    expect(pod.containers).toMatchObject([
      { image: defaultImages.service, command: ['node', 'service/backup/main.ts', 'upload'] },
    ]);
    expect(variableOf(pod.containers[0], 'S3_PREFIX')).toBe('chat/acme');
    const other = cronJobOf({ s3: { bucket: 'backups', prefix: 'old/', secretRef: { name: 'bucket-login' } } });
    expect(variableOf(other.pod.containers[0], 'S3_PREFIX')).toBe('old');
  });
});

describe('A restore', () => {
  test('is asked for by a backup, whose it is and anything that makes the request another one', () => {
    expect(parseRestoreRequest('latest')).toEqual({ text: 'latest', backup: 'latest' });
    expect(parseRestoreRequest('old/20260102T030405Z@again')).toEqual({
      text: 'old/20260102T030405Z@again',
      backup: '20260102T030405Z',
      from: 'old',
    });
    expect(parseRestoreRequest('chat/old/latest')).toMatchObject({ from: 'chat/old' });
    for (const text of ['', 'newest', '2026-01-02', 'latest@', 'latest; rm -rf /'])
      expect(parseRestoreRequest(text)).toBeUndefined();
  });

  test('is another Job for another request, and the same for the same', () => {
    const nameOf = (text: string) => {
      const request = parseRestoreRequest(text);
      return request && renderRestore(planOf({ volume: {} }), options, request)?.metadata.name;
    };
    expect(nameOf('latest@1')).toMatch(/^acme-restore-[0-9a-f]{10}$/);
    expect(nameOf('latest@1')).toBe(nameOf('latest@1'));
    expect(nameOf('latest@1')).not.toBe(nameOf('latest@2'));
  });

  test('changes nothing that is served before all of it is loaded and made ready', () => {
    const { initContainers, containers } = restoreOf({ volume: {} }, 'latest');
    expect([...(initContainers ?? []), ...containers].map(({ name }) => name)).toEqual([
      'load',
      'adopt',
      'swap',
      'restore',
    ]);
    expect(restoreOf(s3, 'latest').initContainers?.map(({ name }) => name)).toEqual(['fetch', 'load', 'adopt', 'swap']);
  });

  test('reads the backups of another stack where it is told to', () => {
    expect(restoreOf({ volume: {} }, 'old/latest').volumes).toContainEqual({
      name: 'backups',
      persistentVolumeClaim: { claimName: 'old-backups' },
    });
    const prefixOf = (text: string) => variableOf(restoreOf(s3, text).initContainers?.[0], 'S3_PREFIX');
    expect([prefixOf('latest'), prefixOf('old/latest'), prefixOf('shop/old/latest')]).toEqual([
      'chat/acme',
      'chat/old',
      'shop/old',
    ]);
  });

  test('is finished by one container that deletes what was replaced', () => {
    const { initContainers, containers } = restoreOf({ volume: {} }, 'finish@1');
    expect(initContainers).toBeUndefined();
    expect(containers.map(({ command }) => command)).toEqual([['sh', '/etc/chatstack/finish.sh']]);
  });
});

test('a restore is given the authority of an external Redis, which it has forget pages', () => {
  const tls = { enabled: true, caSecretRef: { name: 'redis-ca', key: 'ca.pem' } };
  const plan = planOf({ volume: {} }, { redis: { mode: 'External', external: { host: 'redis.example.com', tls } } });
  const request = parseRestoreRequest('latest');
  const { volumes } = jobOf(request && renderRestore(plan, options, request));
  const items = [{ key: 'ca.pem', path: 'ca.crt' }];
  expect(volumes).toContainEqual({ name: 'redis-authority', secret: { secretName: 'redis-ca', items } });
});
