import type { StackPlan } from '../../plan/stack-plan.ts';
import { renderAlertmanager } from './alertmanager.ts';
import { renderExporters } from './exporters.ts';
import { renderGrafana } from './grafana.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { renderPodMonitors } from './pod-monitors.ts';
import { renderPrometheus } from './prometheus.ts';

/** The objects of what measures a stack, of which there are none where nobody does. */
export const renderMonitoring = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { monitoring } = plan;
  if (monitoring === undefined) return [];
  const { exporters, prometheus, alertmanager, grafana } = monitoring;
  return [
    ...(exporters === undefined ? [] : [renderExporters(plan, exporters, options)]),
    ...(prometheus?.mode === 'Managed' ? renderPrometheus(plan, prometheus, options) : []),
    ...(prometheus?.mode === 'Operator' ? renderPodMonitors(plan, monitoring, prometheus, options) : []),
    ...(alertmanager === undefined ? [] : renderAlertmanager(plan, alertmanager, options)),
    ...(grafana === undefined ? [] : renderGrafana(plan, grafana, options)),
  ];
};
