import { createRuntimeMetrics } from '@chatstack/operator/runtime/metrics.ts';
import { roundMilliseconds } from '@chatstack/operator/stack-metrics/pool-rounds.ts';
import { createStackMetrics } from '@chatstack/operator/stack-metrics/stack-metrics.ts';
import { buildParts, type Described, type PagePart } from './metrics-page.ts';

const PARTS: readonly PagePart[] = [
  [
    'Stacks',
    'What the last reconcile of each stack saw, and what the kubelet and the controllers of the cluster have told since.',
    /^chatstack_(condition|component|volume)_?/,
  ],
  [
    'Pools',
    `What the admin console of each pooler that is ready says (\`SHOW POOLS\`), asked every ${roundMilliseconds / 1000} s and summed up over its users. A pooler that does not answer
has no series of its own until it does. An operator that runs outside of the cluster reaches no poolers, says so once in its log, and shows the planned sizes alone.`,
    /^chatstack_pool_/,
  ],
  ['Connection budget', 'By `layer`: connections to `postgres`, and `clients` of the poolers.', /^chatstack_budget_/],
  [
    'Backups and certificates',
    'Only where they are asked for (`spec.postgres.backup`) or planned (`spec.tls`).',
    /^chatstack_(backup|certificate)_/,
  ],
  [
    'Reconciling',
    "Under controller-runtime's names, so that dashboards and alerts for controllers work.",
    /^(controller_runtime|workqueue|rest_client|leader_election)_/,
  ],
  ['Process', '', /^process_/],
];

/** Builds the reference page of the metrics of the operator, as Markdown, from the definitions that it registers. */
export function buildOperatorMetricsPage(): string {
  const { registry, forController } = createRuntimeMetrics();
  forController('chatstack', 1, () => ({ depth: 0, runningSeconds: [] }));
  createStackMetrics(registry);
  const metrics = registry.getMetricsAsArray() as unknown as Described[];
  return `<!-- Generated from operator/stack-metrics and operator/runtime by \`npm run generate\`. Change the definitions, not this file. -->
# Metrics of the operator

Prometheus text at \`GET /metrics\` of port 9464 (\`METRICS_PORT\`; \`metrics.port\` of the chart), beside \`/healthz\` and \`/readyz\`. A scrape asks nobody: neither the API
server nor poolers. The chart's NetworkPolicy lets everybody read.

Every \`chatstack_\` series has the labels \`namespace\` and \`stack\`: whoever scrapes should keep them (\`honor_labels: true\`). They end with the stack. Times are seconds since 1970.

Only the replica that leads has them. The chart makes two Services: \`<release>-chatstack-operator-metrics\`, whose address is one replica or another, for a single replica or for whoever
discovers what is behind a Service; and \`<release>-chatstack-operator-pods\`, a name that stands for the addresses of all (\`dns_sd_configs\`), where there are more.
${buildParts(metrics, PARTS)}`;
}
