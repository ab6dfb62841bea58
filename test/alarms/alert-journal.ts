import type { AlertName } from './alarm.ts';
import { type ActiveAlert, keyOf, nameOf } from './prometheus.ts';

/** What was seen of an alert. Seconds from the beginning of the fault, but for `endedAfter`, which counts from its end. */
export type SeenAlert = AlertName & {
  readonly component?: string;
  readonly runbook?: string;
  readonly pendingAfter: number;
  /** Absent where it did not fire. */
  readonly firingAfter?: number;
  /** Absent where it went on, or never fired. */
  readonly endedAfter?: number;
};

type Times = { -readonly [key in keyof SeenAlert]: SeenAlert[key] };

/** Keeps when each alert became pending, fired and ended. Times that it is told are milliseconds of the epoch. */
export class AlertJournal {
  readonly #begunAt: number;
  readonly #seen = new Map<string, Times>();
  readonly #counts: (alert: ActiveAlert) => boolean;
  #firing: ReadonlySet<string> = new Set();
  #endedAt: number | undefined;

  /** `counts` tells which alerts are looked at: others were there before, or are somebody else's. */
  constructor(begunAt: number, counts: (alert: ActiveAlert) => boolean) {
    this.#begunAt = begunAt;
    this.#counts = counts;
  }

  /** Takes what Prometheus tells at a moment. */
  look(alerts: readonly ActiveAlert[], now: number): void {
    const counted = alerts.filter(this.#counts);
    this.#firing = new Set(counted.filter(({ state }) => state === 'firing').map((alert) => keyOf(nameOf(alert))));
    for (const alert of counted) this.#note(alert, now);
    if (this.#endedAt === undefined) return;
    for (const [key, times] of this.#seen) {
      if (times.firingAfter === undefined) continue;
      if (this.#firing.has(key)) delete times.endedAfter;
      else times.endedAfter ??= (now - this.#endedAt) / 1000;
    }
  }

  /** The fault was ended. */
  end(now: number): void {
    this.#endedAt = now;
  }

  isFiring(name: AlertName): boolean {
    return this.#firing.has(keyOf(name));
  }

  /** Every alert that was seen, those that fired first. */
  get seen(): readonly SeenAlert[] {
    const order = ({ firingAfter = Number.MAX_VALUE }: SeenAlert) => firingAfter;
    return [...this.#seen.values()].toSorted((one, other) => order(one) - order(other));
  }

  #note(alert: ActiveAlert, now: number): void {
    const name = nameOf(alert);
    const activeAfter = Math.max(0, (Date.parse(alert.activeAt) - this.#begunAt) / 1000);
    const { component } = alert.labels;
    const { runbook_url: runbook } = alert.annotations;
    const times = this.#seen.get(keyOf(name)) ?? {
      ...name,
      ...(component === undefined ? {} : { component }),
      ...(runbook === undefined ? {} : { runbook }),
      pendingAfter: activeAfter,
    };
    this.#seen.set(keyOf(name), times);
    if (alert.state === 'firing' && this.#endedAt === undefined) times.firingAfter ??= (now - this.#begunAt) / 1000;
  }
}
