import type { Alert } from './alert.ts';
import type { OperatorAlertInput } from './alert-input.ts';
import { percent, time } from './scope.ts';
import { defaultThresholds } from './thresholds.ts';

/** Alerts on the operator itself. */
export const buildOperatorAlerts = (input: OperatorAlertInput): readonly Alert[] => {
  const thresholds = { ...defaultThresholds, ...input.thresholds };
  const series = (metric: string) => `${metric}{job="chatstack-operator"}`;
  const component = 'operator';
  const errors = `sum by (namespace, controller) (increase(${series('controller_runtime_reconcile_errors_total')}[15m]))`;
  return [
    {
      name: 'ChatStackOperatorDown',
      severity: 'critical',
      component,
      expression: `absent(${series('up')} == 1)`,
      for: '5m',
      summary: 'The operator does not run',
      description:
        'No process of the operator lets itself be scraped: stacks run on, but nothing is repaired or changed.',
      when: 'no process of the operator can be scraped',
      threshold: 'none',
    },
    {
      name: 'ChatStackOperatorWithoutLead',
      severity: 'warning',
      component,
      expression: `max by (namespace) (${series('leader_election_master_status')}) == 0`,
      for: '5m',
      summary: 'No process of the operator leads',
      description: 'Processes of the operator run, but none leads: nothing is repaired or changed.',
      when: 'no process of the operator leads',
      threshold: '0',
    },
    {
      name: 'ChatStackOperatorReconcileErrors',
      severity: 'warning',
      component,
      expression: `${errors} / sum by (namespace, controller) (increase(${series('controller_runtime_reconcile_total')}[15m])) > ${thresholds.reconcileErrorRatio}\nand ${errors} > 5`,
      for: '15m',
      summary: 'The operator meets errors',
      description: '{{ $value | humanizePercentage }} of the reconciles of {{ $labels.controller }} end in an error.',
      when: 'share of reconciles that end in an error; more than 5 within 15 min',
      threshold: `> ${percent(thresholds.reconcileErrorRatio)}`,
    },
    {
      name: 'ChatStackOperatorPanics',
      severity: 'warning',
      component,
      expression: `sum by (namespace, controller) (increase(${series('controller_runtime_reconcile_panics_total')}[15m])) > 0`,
      for: '1m',
      summary: 'The operator met a mistake of its own',
      description: 'A reconcile of {{ $labels.controller }} ended by a mistake of the program.',
      when: 'reconciles that ended by a mistake of the program within 15 min',
      threshold: '> 0',
    },
    {
      name: 'ChatStackOperatorReconcileStuck',
      severity: 'warning',
      component,
      expression: `max by (namespace, controller) (${series('workqueue_longest_running_processor_seconds')}) > ${thresholds.reconcileSeconds}`,
      for: '1m',
      summary: 'A reconcile does not end',
      description: 'A reconcile of {{ $labels.controller }} has run for {{ $value | humanizeDuration }}.',
      when: 'time since the start of the longest running reconcile',
      threshold: `> ${time(thresholds.reconcileSeconds)}`,
    },
  ];
};
