import { chatstack } from '../../e2e/backups.ts';
import { waitForReady } from '../../e2e/stack.ts';
import type { Alarm } from '../alarm.ts';

/** The alerts on the age of backups wait for one and a half times as long as is between two. */
const EVERY_FIVE_MINUTES = '*/5 * * * *';
const EVERY_MINUTE = '* * * * *';

const SECRET = 'alarms-bucket';

/** Nothing listens there. */
const s3 = { endpoint: 'http://127.0.0.1:9', bucket: 'nowhere', secretRef: { name: SECRET } };

/** Has backups go to a store that does not answer, and asks for one. */
const failBackups = (schedule: string | undefined): Pick<Alarm, 'stack' | 'begin' | 'end'> => ({
  stack: 'fourth',
  begin: async ({ namespace, place }) => {
    await namespace.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: SECRET },
      stringData: { 'access-key-id': 'nobody', 'secret-access-key': 'nothing' },
    });
    const backup = { s3, ...(schedule === undefined ? {} : { schedule }) };
    await namespace.patch('chatstack', place.stackName, { spec: { postgres: { backup } } });
    await waitForReady(place);
    await chatstack(place, ['backup', place.stackName]);
  },
  end: async ({ namespace, place }) => {
    await namespace.patch('chatstack', place.stackName, { spec: { postgres: { backup: null } } });
    await namespace.kubectl(['delete', 'secret', SECRET, '--ignore-not-found']);
  },
});

const backupFails: Alarm = {
  ...failBackups(undefined),
  name: 'backup fails',
  what: 'Backups go to a store that does not answer, and one is asked for (`chatstack backup`).',
  expects: [{ alert: 'ChatStackBackupFailed', severity: 'warning' }],
};

const neverMade: Alarm = {
  ...failBackups(EVERY_FIVE_MINUTES),
  name: 'no backup yet',
  what: 'Backups, every five minutes, go to a store that does not answer, from the first one on.',
  expects: [{ alert: 'ChatStackBackupMissing', severity: 'critical' }],
  seconds: 480,
};

const notMade: Alarm = {
  name: 'backups not made',
  what: 'After a backup that was complete, somebody suspends the CronJob that makes one every minute.',
  stack: 'eighth',
  expects: [{ alert: 'ChatStackBackupOld', severity: 'critical' }],
  seconds: 90 + 300,
  begin: async ({ namespace, place }) => {
    const backup = { schedule: EVERY_MINUTE, volume: { size: '1Gi' } };
    await namespace.patch('chatstack', place.stackName, { spec: { postgres: { backup } } });
    await waitForReady(place);
    await chatstack(place, ['backup', place.stackName, '--wait']);
    await namespace.patch('cronjob', `${place.stackName}-backup`, { spec: { suspend: true } });
  },
  end: ({ namespace, place }) =>
    namespace.patch('chatstack', place.stackName, { spec: { postgres: { backup: null } } }),
};

/** Backups that fail, or are not made. */
export const backups: readonly Alarm[] = [backupFails, neverMade, notMade];
