import { buildDashboardsYaml, buildDatasourcesYaml, grafanaFolders } from '../config/grafana-provisioning.ts';
import { buildStartGrafana } from '../config/start-grafana.ts';
import { monitoringImages } from './images.ts';
import { type GrafanaPlan, monitoringPorts, monitoringSecretName } from './monitoring-plan.ts';
import { optionalKinds, type RequiredKind } from './optional-kinds.ts';
import type { PlanInput } from './plan-input.ts';
import { buildResources } from './resources.ts';
import { sizes } from './sizes.ts';
import type { EnvironmentVariable } from './stack-plan.ts';

const command = ['/usr/share/grafana/bin/grafana', 'server', '--homepath=/usr/share/grafana', '--packaging=docker'];

/** Labels by which a Grafana of somebody else takes something up, where the spec names none. */
const usualLabels = {
  Managed: {},
  Sidecar: { grafana_dashboard: '1' },
  Operator: { dashboards: 'grafana' },
} as const;

/** It asks nobody outside of the cluster for anything, and nobody signs up. */
const environmentOf = ({ name, spec }: PlanInput, port: number): readonly EnvironmentVariable[] => [
  { name: 'GF_SERVER_HTTP_PORT', value: String(port) },
  { name: 'GF_SECURITY_ADMIN_USER', value: 'admin' },
  {
    name: 'GF_SECURITY_ADMIN_PASSWORD',
    secret: { name: monitoringSecretName(name), key: 'grafana-password' },
  },
  { name: 'GF_USERS_ALLOW_SIGN_UP', value: 'false' },
  { name: 'GF_AUTH_ANONYMOUS_ENABLED', value: String(spec.monitoring.grafana.anonymous) },
  { name: 'GF_AUTH_ANONYMOUS_ORG_ROLE', value: 'Viewer' },
  { name: 'GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH', value: `${grafanaFolders.dashboards}/overview.json` },
  { name: 'GF_ANALYTICS_REPORTING_ENABLED', value: 'false' },
  { name: 'GF_ANALYTICS_CHECK_FOR_UPDATES', value: 'false' },
  { name: 'GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES', value: 'false' },
  { name: 'GF_PLUGINS_PREINSTALL_DISABLED', value: 'true' },
  { name: 'GF_LOG_MODE', value: 'console' },
  { name: 'GF_PATHS_DATA', value: grafanaFolders.data },
  { name: 'GF_PATHS_LOGS', value: `${grafanaFolders.data}/log` },
  { name: 'GF_PATHS_PLUGINS', value: `${grafanaFolders.data}/plugins` },
  { name: 'GF_PATHS_PROVISIONING', value: grafanaFolders.provisioning },
];

/** How a Grafana is shown what was measured; undefined where none is wanted. */
export const planGrafana = (
  input: PlanInput,
  { prometheus, scrapeInterval }: { readonly prometheus: string | undefined; readonly scrapeInterval: number },
): GrafanaPlan | undefined => {
  const { spec, placement } = input;
  const { image, resources, labels, prometheusURL, traceURL, mode: asked } = spec.monitoring.grafana;
  const wanted = asked ?? (spec.monitoring.prometheus.mode === 'Managed' ? 'Managed' : 'None');
  // In compose there is no other Grafana than that of the file.
  const mode = placement.kind === 'compose' && wanted !== 'None' ? 'Managed' : wanted;
  const url = prometheusURL ?? prometheus;
  if (mode === 'None' || placement.kind === 'local') return undefined;
  const port = monitoringPorts.grafana;
  return {
    mode,
    image: image ?? monitoringImages.grafana,
    port,
    command,
    resources: buildResources(sizes[spec.size].grafana, resources),
    environment: environmentOf(input, port),
    files:
      mode === 'Managed' && url !== undefined
        ? {
            'datasources.yaml': buildDatasourcesYaml({ url, scrapeInterval, traceURL }),
            'dashboards.yaml': buildDashboardsYaml(),
            ...(placement.kind === 'kubernetes' ? { 'start.sh': buildStartGrafana(command) } : {}),
          }
        : {},
    labels: labels ?? usualLabels[mode],
    ...(url === undefined ? {} : { prometheus: url }),
    ...(traceURL === undefined ? {} : { traceURL }),
  };
};

/** The kinds that it needs. */
export const kindsOfGrafana = (plan: GrafanaPlan | undefined): readonly RequiredKind[] =>
  plan?.mode === 'Operator'
    ? [optionalKinds.grafanaDashboard, optionalKinds.grafanaDatasource].map((kind) => ({
        field: 'spec.monitoring.grafana.mode',
        kind,
      }))
    : [];
