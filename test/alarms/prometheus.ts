import type { AlertName } from './alarm.ts';

/** An alert as Prometheus tells it, when it is pending or firing. */
export type ActiveAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  /** When its expression became true, as a date. */
  readonly activeAt: string;
};

/** A rule of an alert as Prometheus tells it. */
export type LoadedRule = {
  readonly name: string;
  /** Its `for`, in seconds. */
  readonly duration: number;
  readonly labels: Readonly<Record<string, string>>;
};

/** What tells of alerts. */
export type AlertSource = {
  /** The alerts that are pending or fire. */
  alerts(): Promise<readonly ActiveAlert[]>;
  /** The rules of alerts that are loaded. */
  rules(): Promise<readonly LoadedRule[]>;
};

/** Several as one. */
export const joinSources = (...sources: readonly AlertSource[]): AlertSource => ({
  alerts: async () => (await Promise.all(sources.map((each) => each.alerts()))).flat(),
  rules: async () => (await Promise.all(sources.map((each) => each.rules()))).flat(),
});

/** Asks a Prometheus at a URL. */
export class PrometheusClient implements AlertSource {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async alerts(): Promise<readonly ActiveAlert[]> {
    const { alerts } = await this.#ask<{ alerts: ActiveAlert[] }>('/api/v1/alerts');
    return alerts;
  }

  async rules(): Promise<readonly LoadedRule[]> {
    const { groups } = await this.#ask<{ groups: { rules: LoadedRule[] }[] }>('/api/v1/rules?type=alert');
    return groups.flatMap(({ rules }) => rules);
  }

  async #ask<Answer>(path: string): Promise<Answer> {
    const answer = await fetch(`${this.#url}${path}`, { signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(`expected Prometheus to answer ${path}, found ${answer.status}: ${text.slice(0, 300)}`);
    return (JSON.parse(text) as { data: Answer }).data;
  }
}

/** One name stands for all alerts that differ in other labels. */
export const keyOf = ({ alert, severity, window }: AlertName): string =>
  [alert, severity, ...(window === undefined ? [] : [window])].join(' ');

/** The name in the labels of an alert. */
export const nameOf = ({ labels }: ActiveAlert): AlertName => readName(labels.alertname ?? '', labels);

/** The rule of a name. */
export const findRule = (rules: readonly LoadedRule[], name: AlertName): LoadedRule | undefined =>
  rules.find((rule) => keyOf(readName(rule.name, rule.labels)) === keyOf(name));

const readName = (alert: string, { severity, window }: ActiveAlert['labels']): AlertName => ({
  alert,
  severity: severity as AlertName['severity'],
  ...(window === undefined ? {} : { window }),
});
