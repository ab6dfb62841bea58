import type { Alarm } from '../alarm.ts';
import { untried } from '../catalogue/untried.ts';
import { keyOf } from '../prometheus.ts';
import type { AlarmRun, TimedAlert } from '../run-alarm.ts';
import { type AlarmReport, findAlert } from './report.ts';
import { formatSeconds } from './table.ts';

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const HEAD = ['fault', 'alert', 'severity', 'for', 'fired after', 'over after'];

const link = (alert: string): string => `[${alert}](runbooks/${alert}.md)`;

const buildRow = (fault: string, alert: TimedAlert): string =>
  line([
    fault,
    link(alert.alert),
    [alert.severity, ...(alert.window === undefined ? [] : [`over ${alert.window}`])].join(', '),
    formatSeconds(alert.for),
    formatSeconds(alert.firingAfter),
    formatSeconds(alert.endedAfter),
  ]);

/** The alerts that a fault should raise, then those that fired beside them. */
function sortAlerts(
  { alerts }: AlarmRun,
  { expects }: Alarm,
): readonly [expected: readonly TimedAlert[], others: readonly TimedAlert[]] {
  const keys = expects.map(keyOf);
  const expected = keys.flatMap((key) => findAlert(alerts, key) ?? []);
  const others = alerts.filter((alert) => alert.firingAfter !== undefined && !keys.includes(keyOf(alert)));
  return [expected, others];
}

function explain(run: AlarmRun, alarm: Alarm): string {
  const [, others] = sortAlerts(run, alarm);
  const told = others.map((other) => `${other.alert} (${other.severity}, after ${formatSeconds(other.firingAfter)})`);
  const beside = told.length === 0 ? '' : ` Beside it fired: ${told.join(', ')}.`;
  return `- **${run.name}**: ${alarm.what}${beside}`;
}

type Found = readonly (readonly [AlarmRun, Alarm])[];

function listRunbooks(found: Found, alerts: readonly string[]): string {
  const tries = found.flatMap(([{ runbooks }]) => runbooks);
  const tried = alerts.filter((alert) => tries.some((each) => each.alert === alert));
  const others = alerts.filter((alert) => !tried.includes(alert));
  const why = others.map(
    (alert) => `- ${link(alert)}: ${untried[alert] ?? 'a fault is there, and no run of it is kept'}.`,
  );
  const rows = tried.map((alert) => {
    const own = tries.filter((each) => each.alert === alert);
    const failed = [...new Map(own.flatMap((each) => each.failed).map((each) => [each.command, each])).values()];
    const commands = Math.max(...own.map((each) => each.commands));
    const said = failed.map(
      ({ command, said: last }) => `\`${command.replaceAll('|', '\\|')}\`: ${last.replaceAll('|', '\\|')}`,
    );
    return line([link(alert), `${commands}`, said.join('<br>') || '–']);
  });
  return `${[line(['runbook', 'commands', 'of them ended with another code than 0']), line(['---', '---:', '---']), ...rows].join('\n')}

Not tried:

${why.join('\n')}`;
}

/** The page on alerts that were tried: what fired for each fault and when, and whose runbooks were gone through. `alerts` are all that there are. */
export function buildAlarmsPage(
  { environment, runs }: AlarmReport,
  alarms: readonly Alarm[],
  alerts: readonly string[],
): string {
  const found: Found = alarms.flatMap((alarm) => {
    const run = runs.find(({ name }) => name === alarm.name);
    return run ? [[run, alarm] as const] : [];
  });
  const rows = found.flatMap(([run, alarm]) => sortAlerts(run, alarm)[0].map((alert) => buildRow(run.name, alert)));
  const { cores, kubernetes, prometheus, rate } = environment;
  return `<!-- Generated from docs/alarms.json by \`make generate\`. Change test/alarms, not this file. -->
# Alerts that were tried

Which alerts fire when parts of a stack break, and when, as \`make alarms\` saw it. Each fault is done to a stack of \`size: small\` with two poolers, two
service processes and a Prometheus of its own, under ${rate} requests a second: nine reads to one send. It goes on until every alert that it should raise
fires; then it is ended. Before a fault nothing critical fires, but for what an earlier one of the same stack left behind, and none of the alerts that it should
raise is pending. Several stacks are broken side by side, so alerts on the operator count for the fault that is about it alone. Some faults that do not disturb
each other are done to one stack at once: of these, what else fired is not told.

What the kubelet knows of volumes, a Prometheus beside the stack is told, with the rules that the stack has for it: that of a stack may not ask the nodes.

Measured on ${cores} cores that ran the cluster, the load and other work at once: Kubernetes ${kubernetes}, ${prometheus}, scraping and looking at rules every 15 s.

*for*: how long the rule waits by itself. *fired after*: seconds from the beginning of the fault. *over after*: seconds from its end; – where it went on
for longer than was waited, because it looks back (on restarts of half an hour, on rates of five minutes).

${[line(HEAD), line(HEAD.map((_, column) => (column < 3 ? '---' : '---:'))), ...rows].join('\n')}

${found.map(([run, alarm]) => explain(run, alarm)).join('\n')}

## Runbooks

The commands under "Diagnosis" of each alert that fired were run as the page has them while the fault was on, with the names of the stack in place of those of the pages.

${listRunbooks(found, alerts)}
`;
}
