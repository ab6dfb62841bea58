/** How soon somebody must look: `critical` at once, because users are hurt or soon will be; `warning` within the working day. */
export type Severity = 'critical' | 'warning';

/** What an alert is about. */
export type AlertedComponent = 'service' | 'pgbouncer' | 'postgres' | 'redis' | 'backup' | 'stack' | 'operator';

/** An alert as its family defines it; `buildRuleGroups` gives it the form of Prometheus. */
export interface Alert {
  /** Alerts of one name share a runbook; they differ in severity, or in `labels`. */
  readonly name: string;
  readonly severity: Severity;
  /** Unset: the series tell, by their own label. */
  readonly component?: AlertedComponent;
  readonly labels?: { readonly [name: string]: string };
  readonly expression: string;
  /** How long the expression must have a result before the alert fires, as Prometheus writes durations. */
  readonly for: string;
  /** What is wrong, without numbers: the title of a message. */
  readonly summary: string;
  /** What is wrong, with the numbers; a template of Prometheus. */
  readonly description: string;
  /** The expression in words, for the index of the runbooks. */
  readonly when: string;
  /** What it is compared with, for the index of the runbooks. */
  readonly threshold: string;
}
