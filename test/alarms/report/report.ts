import type { Alarm } from '../alarm.ts';
import { keyOf } from '../prometheus.ts';
import type { AlarmRun, TimedAlert } from '../run-alarm.ts';

/** All runs that are to be shown, one of each fault, and where they were made. */
export type AlarmReport = {
  readonly environment: {
    readonly cores: number;
    readonly kubernetes: string;
    readonly prometheus: string;
    readonly rate: number;
  };
  readonly runs: readonly AlarmRun[];
};

/** How a run ended, in a word. */
export type Verdict = 'ok' | 'NOT SILENT BEFORE' | 'DID NOT FIRE' | 'NO RUNBOOK';

/** Judges a run: nothing critical fires before the fault, all that should fire does, and leads to its runbook. */
export function judge({ before, alerts }: AlarmRun, { expects }: Alarm): Verdict {
  if (before.some((key) => key.includes(' critical'))) return 'NOT SILENT BEFORE';
  const found = expects.map((name) => findAlert(alerts, keyOf(name)));
  if (found.some((alert) => alert?.firingAfter === undefined)) return 'DID NOT FIRE';
  if (found.some((alert) => !alert?.runbook?.endsWith(`/${alert.alert}.md`))) return 'NO RUNBOOK';
  return 'ok';
}

/** The alert of a key among those that were seen. */
export const findAlert = (alerts: readonly TimedAlert[], key: string): TimedAlert | undefined =>
  alerts.find((alert) => keyOf(alert) === key);
