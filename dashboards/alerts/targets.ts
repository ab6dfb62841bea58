import type { Alert } from './alert.ts';
import type { Scope } from './scope.ts';

/** Alerts on monitoring itself: what can not be scraped can not raise an alert either. */
export const buildTargetAlerts = (scope: Scope): readonly Alert[] => [
  targetDown(scope),
  ...expectedTargets(scope).map((component) => targetsAbsent(scope, component)),
];

/** Without a service or poolers, the alerts on these are louder. */
const expectedTargets = ({ input }: Scope): readonly ('postgres' | 'redis')[] => {
  if (!input.hasExporters) return [];
  return input.hasRedis ? ['postgres', 'redis'] : ['postgres'];
};

const targetDown = ({ series }: Scope): Alert => ({
  name: 'ChatStackTargetDown',
  severity: 'warning',
  expression: `${series('up')} == 0`,
  for: '5m',
  summary: 'A target can not be scraped',
  description: '{{ $labels.instance }} ({{ $labels.job }}) can not be scraped: alerts on it are silent.',
  when: 'a target of the stack can not be scraped',
  threshold: '0',
});

const targetsAbsent = ({ series, input }: Scope, component: 'postgres' | 'redis'): Alert => ({
  name: 'ChatStackTargetsAbsent',
  severity: 'warning',
  component,
  expression: `absent(${series('up', `component="${component}"`)})`,
  for: '10m',
  summary: 'An exporter is not known to Prometheus',
  description: `Prometheus knows no exporter of {{ $labels.component }} for ${input.stack}: alerts on it are silent.`,
  when: `Prometheus knows no target of the exporter of ${component}`,
  threshold: 'none',
});
