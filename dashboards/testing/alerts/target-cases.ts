import type { AlertCase } from './alert-case.ts';

const target = (component: string) => `up{$,component="${component}",job="chatstack-${component}",instance="a"}`;

/** Of the alerts on targets. */
export const targetCases: readonly AlertCase[] = [
  {
    alert: 'ChatStackTargetDown',
    when: 'when a target can not be scraped for five minutes',
    series: { [target('redis')]: '1x5 0x20' },
    minutes: 13,
    fires: [
      {
        severity: 'warning',
        labels: { component: 'redis', job: 'chatstack-redis', instance: 'a' },
        description: 'a (chatstack-redis) can not be scraped: alerts on it are silent.',
      },
    ],
  },
  {
    alert: 'ChatStackTargetDown',
    when: 'when a target is gone, as after a roll-out',
    series: { [target('service')]: '1x5 0 stale' },
    minutes: 13,
    fires: [],
  },
  {
    alert: 'ChatStackTargetsAbsent',
    when: 'when the exporter of Postgres is not known',
    series: { [target('redis')]: '1x20' },
    minutes: 12,
    fires: [
      {
        severity: 'warning',
        labels: { component: 'postgres' },
        description: 'Prometheus knows no exporter of postgres for acme: alerts on it are silent.',
      },
    ],
  },
  {
    alert: 'ChatStackTargetsAbsent',
    when: 'when the exporter of Redis is not known',
    series: { [target('postgres')]: '1x20' },
    minutes: 12,
    fires: [
      {
        severity: 'warning',
        labels: { component: 'redis' },
        description: 'Prometheus knows no exporter of redis for acme: alerts on it are silent.',
      },
    ],
  },
  {
    alert: 'ChatStackTargetsAbsent',
    when: 'while both exporters are known, although one can not be scraped',
    series: { [target('postgres')]: '1x20', [target('redis')]: '0x20' },
    minutes: 12,
    fires: [],
  },
  {
    alert: 'ChatStackTargetsAbsent',
    when: 'where no exporters run, and where there is no Redis',
    series: { [target('postgres')]: '1x20' },
    minutes: 12,
    input: { hasRedis: false },
    fires: [],
  },
];
