import type { Alarm } from '../alarm.ts';
import { keyOf } from '../prometheus.ts';
import type { AlarmRun, TimedAlert } from '../run-alarm.ts';
import { judge } from './report.ts';

/** Seconds as people read them. */
export const formatSeconds = (value: number | undefined): string =>
  value === undefined ? '–' : `${Math.round(value)} s`;

const formatAlert = (alert: TimedAlert, isExpected: boolean): string =>
  `${isExpected ? '*' : ' '} ${keyOf(alert)}: pending after ${formatSeconds(alert.pendingAfter)}, firing after ${formatSeconds(alert.firingAfter)} (for ${alert.for} s), ended ${formatSeconds(alert.endedAfter)} after the fault`;

/** One run in a few lines, as it ends. */
export function formatRun(run: AlarmRun, alarm: Alarm): string {
  const expected = alarm.expects.map(keyOf);
  const before = run.before.length === 0 ? 'silence before' : `before: ${run.before.join(', ')}`;
  const runbooks = run.runbooks.flatMap(({ alert, commands, failed }) => [
    `  runbook ${alert}: ${commands - failed.length} of ${commands} commands ended with 0`,
    ...failed.map(({ command, code, said }) => `    [${code}] ${command}: ${said}`),
  ]);
  return [
    `${run.name}: ${judge(run, alarm)}; ${before}`,
    ...run.alerts.map((alert) => formatAlert(alert, expected.includes(keyOf(alert)))),
    ...runbooks,
  ].join('\n    ');
}
