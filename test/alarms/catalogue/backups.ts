import { chatstack } from '../../e2e/backups.ts';
import { waitForReady } from '../../e2e/stack.ts';
import type { Alarm } from '../alarm.ts';

/** The alerts on the age of backups wait for one and a half times as long as is between two. */
const EVERY_FIVE_MINUTES = '*/5 * * * *';

const SECRET = 'alarms-bucket';

/** Nothing listens there. */
const s3 = { endpoint: 'http://127.0.0.1:9', bucket: 'nowhere', secretRef: { name: SECRET } };

const backupFails: Alarm = {
  name: 'backup fails',
  what: 'Backups, every five minutes, go to a store that does not answer, and one is asked for (`chatstack backup`).',
  stack: 'fourth',
  expects: [
    { alert: 'ChatStackBackupFailed', severity: 'warning' },
    { alert: 'ChatStackBackupMissing', severity: 'critical' },
  ],
  begin: async ({ namespace, place }) => {
    await namespace.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: SECRET },
      stringData: { 'access-key-id': 'nobody', 'secret-access-key': 'nothing' },
    });
    const backup = { schedule: EVERY_FIVE_MINUTES, s3 };
    await namespace.patch('chatstack', place.stackName, { spec: { postgres: { backup } } });
    await waitForReady(place);
    await chatstack(place, ['backup', place.stackName]);
  },
  end: async ({ namespace, place }) => {
    await namespace.patch('chatstack', place.stackName, { spec: { postgres: { backup: null } } });
    await namespace.kubectl(['delete', 'secret', SECRET, '--ignore-not-found']);
  },
};

const notMade: Alarm = {
  name: 'backups not made',
  what: 'After a backup that was complete, somebody suspends the CronJob that makes one every five minutes.',
  stack: 'sixth',
  lane: 'backup',
  expects: [{ alert: 'ChatStackBackupOld', severity: 'critical' }],
  begin: async ({ namespace, place }) => {
    const backup = { schedule: EVERY_FIVE_MINUTES, volume: { size: '1Gi' } };
    await namespace.patch('chatstack', place.stackName, { spec: { postgres: { backup } } });
    await waitForReady(place);
    await chatstack(place, ['backup', place.stackName, '--wait']);
    await namespace.patch('cronjob', `${place.stackName}-backup`, { spec: { suspend: true } });
  },
  end: ({ namespace, place }) =>
    namespace.patch('chatstack', place.stackName, { spec: { postgres: { backup: null } } }),
};

/** Backups that fail, or are not made. */
export const backups: readonly Alarm[] = [backupFails, notMade];
