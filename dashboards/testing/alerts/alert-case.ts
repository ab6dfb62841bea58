import type { Severity } from '../../alerts/alert.ts';
import type { AlertInput } from '../../alerts/alert-input.ts';

/** An alert that a case expects to fire. */
export interface Expected {
  readonly severity: Severity;
  /** Labels that the series bring, and those by which rules of one name and severity differ. */
  readonly labels?: { readonly [name: string]: string };
  /** The whole text that is sent. */
  readonly description: string;
}

/** What Prometheus is given, and which alerts of one name it must raise at a moment, no more and no fewer. */
export interface AlertCase {
  readonly alert: string;
  /** When, in words: the end of the sentence "it fires" or "it does not fire". */
  readonly when: string;
  /** Series → values a minute apart, in promtool's notation. `$` in the labels stands for those of the stack. */
  readonly series: { readonly [series: string]: string };
  /** The moment. */
  readonly minutes: number;
  /** How the stack differs from `usualInput`. */
  readonly input?: Partial<AlertInput>;
  readonly fires: readonly Expected[];
}
