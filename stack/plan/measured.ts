import type { PlanInput } from './plan-input.ts';

/** Whether exporters run, and somebody reads them. On a laptop nobody does. */
export const isMeasured = ({ spec, placement }: Pick<PlanInput, 'spec' | 'placement'>): boolean =>
  placement.kind !== 'local' && spec.monitoring.prometheus.mode !== 'None';
