import { setTimeout as elapse } from 'node:timers/promises';
import { COMPONENTS, waitForPods } from '../e2e/stack.ts';
import { serviceAddress } from '../faults/address.ts';
import { ChatLoad } from '../faults/load/chat-load.ts';
import type { Scene } from '../faults/scene.ts';
import { WANTED_PODS } from '../faults/stage.ts';
import type { Alarm, AlertName } from './alarm.ts';
import { AlertJournal, type SeenAlert } from './alert-journal.ts';
import { type ActiveAlert, type AlertSource, findRule, keyOf, nameOf } from './prometheus.ts';
import { type RunbookTry, tryRunbook } from './try-runbook.ts';

/** How alarms are tried. Seconds, and requests per second of each stack. */
export type AlarmOptions = {
  readonly rate: number;
  /** Whether other faults are done to the stack meanwhile: what this one should not raise is then not looked at. */
  readonly isShared: boolean;
  readonly conversations: number;
  /** How long the load goes on before the fault. */
  readonly steadySeconds: number;
  /** How long the alerts may take beyond the longest `for` of them. */
  readonly patienceSeconds: number;
  /** How long after the fault the end of its alert is waited for. */
  readonly endingSeconds: number;
  /** Folder that takes what the commands of runbooks say. */
  readonly folder: string;
  /** Ends the run: what is on is ended first. */
  readonly stop: AbortSignal;
  /** What earlier faults of the stack left behind, as keys, and this one adds to: some alerts look back for long. */
  readonly raised: Set<string>;
};

/** An alert that was seen, and the `for` of its rule in seconds. */
export type TimedAlert = SeenAlert & { readonly for: number };

/** What a fault raised. */
export type AlarmRun = {
  readonly name: string;
  /** What fired before the fault, as keys, and was not left by an earlier one. */
  readonly before: readonly string[];
  readonly alerts: readonly TimedAlert[];
  readonly runbooks: readonly RunbookTry[];
};

/** How often Prometheus is asked, in milliseconds. */
const LOOK_MS = 1_000;

/** How long the end of the other alerts is waited for, in seconds. */
const OTHERS_SECONDS = 60;

/** Does a fault under load until what it should raise fires, tries the runbooks of that, ends it and waits for the alert to end. */
export async function runAlarm(
  scene: Scene,
  alarm: Alarm,
  prometheus: AlertSource,
  options: AlarmOptions,
): Promise<AlarmRun> {
  await waitForSilence(scene, alarm, prometheus, options);
  const { rate, conversations, steadySeconds, stop } = options;
  const load = await ChatLoad.start({ baseUrl: await serviceAddress(scene), rate, conversations });
  try {
    await elapse(steadySeconds * 1000, undefined, { signal: stop });
    const expected = alarm.expects.map(keyOf);
    const isLookedAt = (key: string) => !options.isShared || expected.includes(key);
    const firing = (await prometheus.alerts()).filter(({ state }) => state === 'firing').map(keyOfActive);
    const before = firing.filter((key) => isLookedAt(key) && !options.raised.has(key));
    const begunAt = Date.now();
    // The operator is watched by every stack's Prometheus, also while it is another stack's turn to do without it.
    const counts = (alert: ActiveAlert) =>
      expected.includes(keyOfActive(alert)) ||
      (!options.isShared && alert.labels.component !== 'operator' && Date.parse(alert.activeAt) >= begunAt);
    const journal = new AlertJournal(begunAt, counts);
    const runbooks = await hold(scene, alarm, { prometheus, journal, options });
    journal.end(Date.now());
    const watching = { prometheus, journal, options };
    await watch(watching, options.endingSeconds, () => !journal.isFiring(alarm.expects[0]));
    await watch(watching, OTHERS_SECONDS, () => !alarm.expects.some((name) => journal.isFiring(name)));
    for (const active of await prometheus.alerts()) options.raised.add(keyOfActive(active));
    const rules = await prometheus.rules();
    const alerts = journal.seen.map((seen) => ({ ...seen, for: findRule(rules, seen)?.duration ?? 0 }));
    return { name: alarm.name, before, alerts, runbooks };
  } finally {
    await load.stop();
  }
}

type Watching = { prometheus: AlertSource; journal: AlertJournal; options: AlarmOptions };

/** Does the fault and ends it, whatever happens in between. */
async function hold(scene: Scene, alarm: Alarm, watching: Watching): Promise<readonly RunbookTry[]> {
  const { prometheus, journal, options } = watching;
  const ended = new AbortController();
  try {
    await alarm.begin(scene, ended.signal);
    const seconds = (await longestFor(prometheus, alarm.expects)) + (alarm.seconds ?? 0) + options.patienceSeconds;
    const tries: Promise<RunbookTry>[] = [];
    const tried = new Set<string>();
    const tryFiring = () => {
      for (const { alert, component, firingAfter } of journal.seen) {
        if (firingAfter === undefined || tried.has(alert)) continue;
        tried.add(alert);
        tries.push(tryRunbook(scene, alert, component, options.folder));
      }
    };
    await watch(watching, seconds, () => {
      tryFiring();
      return alarm.expects.every((name) => journal.isFiring(name));
    });
    return await Promise.all(tries);
  } finally {
    ended.abort();
    await alarm.end?.(scene);
  }
}

/** The longest `for` of the rules that are loaded. */
async function longestFor(prometheus: AlertSource, names: readonly AlertName[]): Promise<number> {
  const rules = await prometheus.rules();
  return Math.max(...names.map((name) => findRule(rules, name)?.duration ?? 0));
}

/** Looks at the alerts until something holds, or so many seconds have passed. */
async function watch({ prometheus, journal, options }: Watching, seconds: number, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    // A Prometheus that does not answer once is asked again.
    const alerts = await prometheus.alerts().catch(() => undefined);
    if (alerts) {
      journal.look(alerts, Date.now());
      if (holds()) return;
    }
    await elapse(LOOK_MS, undefined, { signal: options.stop });
  }
}

/** Waits for all pods, unless some may be away for another fault, and until nothing of what the fault should raise is pending. */
async function waitForSilence({ place }: Scene, alarm: Alarm, prometheus: AlertSource, options: AlarmOptions) {
  if (!options.isShared)
    for (const component of COMPONENTS) await waitForPods(place, component, WANTED_PODS[component] ?? 1);
  const expected = alarm.expects.map(keyOf);
  const deadline = Date.now() + options.endingSeconds * 1000;
  for (;;) {
    const active = await prometheus.alerts().then(
      (alerts) => alerts.map(keyOfActive),
      () => expected,
    );
    const left = expected.filter((key) => active.includes(key));
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`expected silence before "${alarm.name}", found ${left.join(', ')}`);
    await elapse(LOOK_MS, undefined, { signal: options.stop });
  }
}

const keyOfActive = (alert: ActiveAlert): string => keyOf(nameOf(alert));
