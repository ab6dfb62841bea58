import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';
import { type ErrorKind, errorKinds } from '../model/error-kinds.ts';
import { metricName, totals } from './k6-plan.ts';

/** Kinds of times that are taken. */
export type Timed = 'read' | 'send' | 'deliver';

/** Where the outcomes of requests go: to the span in which they began. */
export type Measures = {
  /** One that was answered as expected, after so many milliseconds. */
  succeed(kind: Timed, span: number, milliseconds: number): void;
  fail(error: ErrorKind, span: number): void;
  /** Deliveries that acknowledged messages are to lead to. */
  expectDeliveries(count: number, span: number): void;
};

/** Span of what is not measured. */
export const unmeasured = -1;

/** Milliseconds since k6 began, with fractions: one clock for all virtual users. */
export const now = (): number => exec.instance.currentTestRunDuration;

/** Makes the metrics of so many measured spans. Only where scripts begin: k6 takes no later ones. */
export function createMeasures(spans: number, kinds: readonly Timed[]): Measures {
  const perSpan = Array.from({ length: spans }, (_, span) => ({
    times: new Map(kinds.map((kind) => [kind, new Trend(metricName(kind, span), true)])),
    answered: new Counter(metricName('answered', span)),
    failed: new Counter(metricName('failed', span)),
    expected: new Counter(metricName('expected_deliveries', span)),
    errors: new Map(errorKinds.map((kind) => [kind, new Counter(metricName(kind, span))])),
  }));
  const answeredTotal = new Counter(totals.answered);
  const failedTotal = new Counter(totals.failed);
  return {
    succeed: (kind, span, milliseconds) => {
      const metrics = perSpan[span];
      metrics?.times.get(kind)?.add(milliseconds);
      if (kind === 'deliver') return;
      metrics?.answered.add(1);
      answeredTotal.add(1);
    },
    fail: (error, span) => {
      const metrics = perSpan[span];
      metrics?.failed.add(1);
      metrics?.errors.get(error)?.add(1);
      failedTotal.add(1);
    },
    expectDeliveries: (count, span) => perSpan[span]?.expected.add(count),
  };
}
