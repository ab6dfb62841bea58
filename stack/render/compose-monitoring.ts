import { grafanaFolders } from '../config/grafana-provisioning.ts';
import { prometheusFolder } from '../config/prometheus-yml.ts';
import { monitoringUsers } from '../plan/images.ts';
import type { ExporterPlan, GrafanaPlan, ManagedPrometheusPlan } from '../plan/monitoring-plan.ts';
import { samplesFolder } from '../plan/plan-monitoring.ts';
import type { Files, StackPlan } from '../plan/stack-plan.ts';
import {
  check,
  configName,
  confined,
  environment,
  type Json,
  limits,
  literal,
  mountConfigs,
  publish,
  readOnly,
  temporary,
} from './compose-parts.ts';

const exporter = (plan: StackPlan, { image, command, environment: variables, resources }: ExporterPlan): Json => ({
  image: literal(image),
  entrypoint: command.map(literal),
  user: `${monitoringUsers.exporters}:${monitoringUsers.exporters}`,
  environment: environment(plan, variables),
  ...confined,
  ...readOnly,
  restart: 'unless-stopped',
  deploy: limits(resources),
});

const prometheusService = ({ image, command, port, files, resources }: ManagedPrometheusPlan): Json => ({
  image: literal(image),
  entrypoint: command.map(literal),
  user: `${monitoringUsers.prometheus}:${monitoringUsers.prometheus}`,
  configs: mountConfigs('prometheus', files, prometheusFolder),
  volumes: [`prometheus:${samplesFolder}`],
  ...publish('prometheus', port),
  ...confined,
  ...check(['CMD', '/bin/promtool', 'check', 'healthy', `--url=http://127.0.0.1:${port}`]),
  restart: 'unless-stopped',
  stop_grace_period: '30s',
  deploy: limits(resources),
});

/** A profile of its own, so that a stack starts where its image can not be had: `make up` looks whether it can. */
const grafanaService = (plan: StackPlan, grafana: GrafanaPlan): Json => ({
  profiles: ['grafana'],
  image: literal(grafana.image),
  entrypoint: grafana.command.map(literal),
  user: `${monitoringUsers.grafana}:${monitoringUsers.grafana}`,
  environment: environment(plan, grafana.environment),
  configs: [
    { source: configName('grafana', 'datasources.yaml'), folder: 'datasources' },
    { source: configName('grafana', 'dashboards.yaml'), folder: 'dashboards' },
  ].map(({ source, folder }) => ({
    source,
    target: `${grafanaFolders.provisioning}/${folder}/chatstack.yaml`,
    mode: '0444',
  })),
  volumes: [
    `./dashboards/generated:${grafanaFolders.dashboards}:ro`,
    // Lines of the stack, where the profile `logs` runs, too.
    `./examples/logs/grafana-datasource.yaml:${grafanaFolders.provisioning}/datasources/loki.yaml:ro`,
  ],
  tmpfs: [temporary(grafanaFolders.data, monitoringUsers.grafana), temporary('/tmp', monitoringUsers.grafana)],
  ...publish('grafana', grafana.port),
  ...confined,
  restart: 'unless-stopped',
  deploy: limits(grafana.resources),
});

/** What measures the stack and shows it. */
export const buildMonitoringServices = (plan: StackPlan): Json => {
  const { exporters, prometheus, grafana } = plan.monitoring ?? {};
  return {
    ...Object.fromEntries(
      Object.entries(exporters ?? {}).map(([name, each]) => [`${name}-exporter`, exporter(plan, each)]),
    ),
    ...(prometheus?.mode === 'Managed' ? { prometheus: prometheusService(prometheus) } : {}),
    ...(grafana === undefined ? {} : { grafana: grafanaService(plan, grafana) }),
  };
};

/** Names of the volumes that it keeps. */
export const monitoringVolumes = ({ monitoring }: StackPlan): readonly string[] =>
  monitoring?.prometheus?.mode === 'Managed' ? ['prometheus'] : [];

/** Its configuration files, by the program that reads them. */
export const monitoringFiles = ({ monitoring }: StackPlan): readonly (readonly [string, Files])[] => [
  ...(monitoring?.prometheus?.mode === 'Managed' ? [['prometheus', monitoring.prometheus.files] as const] : []),
  ...(monitoring?.grafana === undefined ? [] : [['grafana', monitoring.grafana.files] as const]),
];
