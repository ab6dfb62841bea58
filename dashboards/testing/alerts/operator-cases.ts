import type { AlertCase } from './alert-case.ts';

const of = (metric: string, labels = 'controller="chatstack"') =>
  `${metric}{job="chatstack-operator",namespace="chatstack-system",instance="a",${labels}}`;

const labels = { namespace: 'chatstack-system', controller: 'chatstack' };

/** Of the alerts on the operator itself. */
export const operatorCases: readonly AlertCase[] = [
  {
    alert: 'ChatStackOperatorDown',
    when: 'when no process can be scraped for five minutes',
    series: { [of('up', 'component="operator"')]: '1x5 0x20' },
    minutes: 13,
    fires: [
      {
        severity: 'critical',
        description:
          'No process of the operator lets itself be scraped: stacks run on, but nothing is repaired or changed.',
      },
    ],
  },
  {
    alert: 'ChatStackOperatorDown',
    when: 'while a process runs',
    series: { [of('up', 'component="operator"')]: '1x20' },
    minutes: 13,
    fires: [],
  },
  {
    alert: 'ChatStackOperatorWithoutLead',
    when: 'when a process runs that does not lead',
    series: { [of('leader_election_master_status', 'name="chatstack"')]: '0x20' },
    minutes: 8,
    fires: [
      {
        severity: 'warning',
        labels: { namespace: 'chatstack-system' },
        description: 'Processes of the operator run, but none leads: nothing is repaired or changed.',
      },
    ],
  },
  {
    alert: 'ChatStackOperatorWithoutLead',
    when: 'while one of two leads',
    series: {
      [of('leader_election_master_status', 'name="chatstack"')]: '0x20',
      'leader_election_master_status{job="chatstack-operator",namespace="chatstack-system",instance="b"}': '1x20',
    },
    minutes: 8,
    fires: [],
  },
  {
    alert: 'ChatStackOperatorReconcileErrors',
    when: 'when half of the reconciles end in an error',
    series: {
      [of('controller_runtime_reconcile_errors_total')]: '0+2x60',
      [of('controller_runtime_reconcile_total', 'controller="chatstack",result="success"')]: '0+2x60',
      [of('controller_runtime_reconcile_total', 'controller="chatstack",result="error"')]: '0+2x60',
    },
    minutes: 32,
    fires: [{ severity: 'warning', labels, description: '50% of the reconciles of chatstack end in an error.' }],
  },
  {
    alert: 'ChatStackOperatorReconcileErrors',
    when: 'when one of three reconciles ended in an error, and one of very many does',
    series: {
      [of('controller_runtime_reconcile_errors_total')]: '0 1x60',
      [of('controller_runtime_reconcile_total', 'controller="chatstack",result="success"')]: '0 2x60',
      [of('controller_runtime_reconcile_total', 'controller="chatstack",result="error"')]: '0 1x60',
      [of('controller_runtime_reconcile_errors_total', 'controller="other"')]: '0+1x60',
      [of('controller_runtime_reconcile_total', 'controller="other",result="success"')]: '0+100x60',
    },
    minutes: 32,
    fires: [],
  },
  {
    alert: 'ChatStackOperatorPanics',
    when: 'when a reconcile ended by a mistake of the program',
    series: { [of('controller_runtime_reconcile_panics_total')]: '0x5 1x20' },
    minutes: 10,
    fires: [
      { severity: 'warning', labels, description: 'A reconcile of chatstack ended by a mistake of the program.' },
    ],
  },
  {
    alert: 'ChatStackOperatorPanics',
    when: 'while none did',
    series: { [of('controller_runtime_reconcile_panics_total')]: '0x30' },
    minutes: 10,
    fires: [],
  },
  {
    alert: 'ChatStackOperatorReconcileStuck',
    when: 'when a reconcile has run for ten minutes',
    series: { [of('workqueue_longest_running_processor_seconds')]: '0+60x20' },
    minutes: 10,
    fires: [{ severity: 'warning', labels, description: 'A reconcile of chatstack has run for 10m 0s.' }],
  },
  {
    alert: 'ChatStackOperatorReconcileStuck',
    when: 'while reconciles end within a minute',
    series: { [of('workqueue_longest_running_processor_seconds')]: '30x20' },
    minutes: 10,
    fires: [],
  },
];
