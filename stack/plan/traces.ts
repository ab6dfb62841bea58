import type { PlanInput } from './plan-input.ts';

const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

/** Whether the service sends traces: the author's variables name where to, by a value or a Secret, and do not switch them off. */
export const hasTraces = ({ spec }: Pick<PlanInput, 'spec'>): boolean => {
  const values = new Map(spec.service.env.map(({ name, value = 'in a Secret' }) => [name, value]));
  return endpoints.some((name) => values.get(name)) && values.get('OTEL_SDK_DISABLED')?.toLowerCase() !== 'true';
};
