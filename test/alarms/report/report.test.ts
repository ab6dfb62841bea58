import { listAlerts } from '@chatstack/dashboards/alerts/build-rules.ts';
import { buildOperatorAlerts } from '@chatstack/dashboards/alerts/operator.ts';
import { operatorInput, usualInput } from '@chatstack/dashboards/testing/alerts/inputs.ts';
import { describe, expect, test } from '@jest/globals';
import { mergeRuns } from '../../faults/report/report-file.ts';
import type { Alarm } from '../alarm.ts';
import { allAlarms, chooseAlarms } from '../catalogue/all-alarms.ts';
import { untried } from '../catalogue/untried.ts';
import { readOptions } from '../options.ts';
import { keyOf } from '../prometheus.ts';
import type { AlarmRun } from '../run-alarm.ts';
import { buildAlarmsPage } from './page.ts';
import { judge } from './report.ts';
import { formatRun } from './table.ts';

const redisDown = { alert: 'ChatStackRedisDown', severity: 'warning' } as const;

const alarm: Alarm = {
  name: 'Redis killed',
  what: 'Redis is killed.',
  stack: 'first',
  expects: [redisDown],
  begin: async () => {},
};

const seen = {
  ...redisDown,
  runbook: 'https://example.com/ChatStackRedisDown.md',
  for: 120,
  pendingAfter: 12.4,
  firingAfter: 132.4,
  endedAfter: 20,
};

const run: AlarmRun = {
  name: 'Redis killed',
  before: [],
  alerts: [seen, { ...seen, alert: 'ChatStackRedisUnavailable', firingAfter: 140 }],
  runbooks: [
    {
      alert: 'ChatStackRedisDown',
      commands: 3,
      failed: [{ command: 'kubectl top | cat', code: 1, said: 'no metrics' }],
    },
  ],
};

describe('a run', () => {
  test('is judged by the worst that it showed', () => {
    const { firingAfter: _, ...pending } = seen;
    const { runbook: __, ...unlinked } = seen;
    expect(judge(run, alarm)).toBe('ok');
    expect(judge({ ...run, alerts: [pending] }, alarm)).toBe('DID NOT FIRE');
    expect(judge({ ...run, alerts: [] }, alarm)).toBe('DID NOT FIRE');
    expect(judge({ ...run, alerts: [unlinked] }, alarm)).toBe('NO RUNBOOK');
    expect(judge({ ...run, before: ['ChatStackServiceDown critical'] }, alarm)).toBe('NOT SILENT BEFORE');
    expect(judge({ ...run, before: ['ChatStackCrashLoop warning'] }, alarm)).toBe('ok');
  });

  test('takes the place of an older run of its fault alone', () => {
    const other = { ...run, name: 'disk full' };
    const again = { ...run, alerts: [] };
    expect(mergeRuns([run, other], [again])).toEqual([other, again]);
  });

  test('is told with what was expected marked, and with commands that failed', () => {
    const told = formatRun(run, alarm).split('\n');
    expect(told[0]).toBe('Redis killed: ok; silence before');
    expect(told[1]).toContain('* ChatStackRedisDown warning: pending after 12 s, firing after 132 s (for 120 s)');
    expect(told).toContainEqual(expect.stringContaining('[1] kubectl top | cat: no metrics'));
  });
});

describe('the page', () => {
  const environment = { cores: 2, kubernetes: 'v1.36.3', prometheus: 'prometheus:v3', rate: 20 };
  const page = buildAlarmsPage({ environment, runs: [run] }, [alarm], ['ChatStackRedisDown', 'ChatStackOutboxLag']);

  test('has each alert that a fault should raise, with its times, and what fired beside it', () => {
    expect(page).toContain(
      '| Redis killed | [ChatStackRedisDown](runbooks/ChatStackRedisDown.md) | warning | 120 s | 132 s | 20 s |',
    );
    expect(page).toContain('Beside it fired: ChatStackRedisUnavailable (warning, after 140 s).');
  });

  test('tells which runbooks were tried, with commands that failed, and which were not', () => {
    expect(page).toContain(
      '| [ChatStackRedisDown](runbooks/ChatStackRedisDown.md) | 3 | `kubectl top \\| cat`: no metrics |',
    );
    expect(page).toContain('- [ChatStackOutboxLag](runbooks/ChatStackOutboxLag.md): a fault is there, and');
  });
});

describe('alarms', () => {
  test('have names that tell them apart, and expect alerts that there are', () => {
    const rules = [...listAlerts(usualInput), ...buildOperatorAlerts(operatorInput)];
    const known = rules.map(({ name: alert, severity, labels: { window } = {} }) =>
      keyOf({ alert, severity, ...(window === undefined ? {} : { window }) }),
    );
    expect(new Set(allAlarms.map(({ name }) => name)).size).toBe(allAlarms.length);
    for (const { expects } of allAlarms) expect(known).toEqual(expect.arrayContaining(expects.map(keyOf)));
  });

  test('raise every alert that there is, but for those of which it is said why none does', () => {
    const rules = [...listAlerts(usualInput), ...buildOperatorAlerts(operatorInput)];
    const raised = allAlarms.flatMap(({ expects }) => expects.map(({ alert }) => alert));
    const beside = ['ChatStackLatencyBudgetBurn', 'ChatStackOutboxLag'];
    expect(new Set([...raised, ...beside, ...Object.keys(untried)])).toEqual(new Set(rules.map(({ name }) => name)));
    expect(raised.filter((alert) => alert in untried)).toEqual([]);
  });

  test('are chosen by a part of their name', () => {
    expect(chooseAlarms(['DISK']).map(({ name }) => name)).toEqual(['disk nearly full', 'disk full']);
    expect(chooseAlarms([])).toBe(allAlarms);
    expect(chooseAlarms(['nothing of the kind'])).toEqual([]);
  });

  test('are tried as the environment asks', () => {
    expect(readOptions({})).toMatchObject({ alarms: [], rate: 10, namespace: 'chatstack-alarms' });
    expect(readOptions({ ALARMS: 'disk, killed', ALARMS_RATE: '5' })).toMatchObject({
      alarms: ['disk', 'killed'],
      rate: 5,
    });
    expect(() => readOptions({ ALARMS_RATE: 'fast' })).toThrow('ALARMS_RATE: expected a number above 0, found "fast"');
  });
});
