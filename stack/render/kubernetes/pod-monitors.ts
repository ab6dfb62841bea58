import { jobName } from '../../config/prometheus-yml.ts';
import type { MonitoringPlan, OperatedPrometheusPlan, ScrapeTarget } from '../../plan/monitoring-plan.ts';
import { optionalKinds } from '../../plan/optional-kinds.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { formatDuration } from '../../quantity/duration.ts';
import { buildMetadata, buildSelector, type Component, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';

/** What the prometheus-operator adds of its own and a Prometheus of the stack does not. */
const added = 'pod|container|endpoint';

/** The labels of a series are the same, whoever scrapes. */
const buildEndpoint = (plan: StackPlan, namespace: string, interval: number, target: ScrapeTarget): object => ({
  port: target.portName,
  interval: formatDuration(interval),
  relabelings: [
    { sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: 'instance' },
    ...Object.entries({
      job: jobName(target.component),
      namespace,
      stack: plan.name,
      component: target.component,
    }).map(([targetLabel, replacement]) => ({ targetLabel, replacement })),
    { action: 'labeldrop', regex: added },
  ],
});

/** What the prometheus-operator is told: which pods there are to scrape, and the rules. */
export const renderPodMonitors = (
  plan: StackPlan,
  { targets, scrapeInterval }: MonitoringPlan,
  { labels, rules }: OperatedPrometheusPlan,
  options: RenderOptions,
): readonly Manifest[] => {
  const metadataOf = (name: string, component: Component): Manifest['metadata'] =>
    buildMetadata(plan, options, { name: childName(plan.name, name), component, labels });
  const { podMonitor, prometheusRule } = optionalKinds;
  const components = [...new Set(targets.map(({ from }) => from as Component))];
  return [
    ...components.map((component) => ({
      apiVersion: podMonitor.apiVersion,
      kind: podMonitor.kind,
      metadata: metadataOf(component, component),
      spec: {
        selector: { matchLabels: buildSelector(plan.name, component) },
        podMetricsEndpoints: targets
          .filter(({ from }) => from === component)
          .map((target) => buildEndpoint(plan, options.namespace, scrapeInterval, target)),
      },
    })),
    {
      apiVersion: prometheusRule.apiVersion,
      kind: prometheusRule.kind,
      metadata: metadataOf('rules', 'prometheus'),
      spec: { groups: rules },
    },
  ];
};
