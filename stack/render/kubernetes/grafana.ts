import { buildDatasource, dashboardFolder, grafanaFolders } from '../../config/grafana-provisioning.ts';
import { buildHash } from '../../plan/hash.ts';
import { monitoringUsers } from '../../plan/images.ts';
import type { GrafanaPlan } from '../../plan/monitoring-plan.ts';
import { optionalKinds } from '../../plan/optional-kinds.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { buildConfigMap } from './config-map.ts';
import { buildDeployment } from './deployment.ts';
import { buildMetadata, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildNetworkService } from './network-service.ts';
import { configurationMount, type Mount } from './pod.ts';
import { buildProbes, byRequest } from './probes.ts';

/** Name of the object that holds a dashboard: `overview.json` → `<stack>-dashboard-overview`. */
const dashboardName = (plan: StackPlan, file: string): string =>
  childName(plan.name, `dashboard-${file.replace(/\.json$/, '')}`);

const metadataOf = (
  plan: StackPlan,
  options: RenderOptions,
  name: string,
  labels: GrafanaPlan['labels'] = {},
): Manifest['metadata'] => buildMetadata(plan, options, { name, component: 'grafana', labels });

/** A ConfigMap for each dashboard, as the usual sidecar of Grafana takes them up. */
const buildDashboards = (plan: StackPlan, { labels }: GrafanaPlan, options: RenderOptions): readonly Manifest[] =>
  Object.entries(options.dashboards ?? {}).map(([file, { json }]) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(plan, options, dashboardName(plan, file), labels),
    data: { [file]: json },
  }));

/** Dashboards and the datasource for the Grafana of the grafana-operator, in whichever namespace that is. */
const buildForOperator = (plan: StackPlan, grafana: GrafanaPlan, options: RenderOptions): readonly Manifest[] => {
  const { grafanaDashboard, grafanaDatasource } = optionalKinds;
  const instances = { instanceSelector: { matchLabels: grafana.labels }, allowCrossNamespaceImport: true };
  const { prometheus, traceURL } = grafana;
  const { monitoring } = plan;
  return [
    ...Object.entries(options.dashboards ?? {}).map(([file, { json }]) => ({
      apiVersion: grafanaDashboard.apiVersion,
      kind: grafanaDashboard.kind,
      metadata: metadataOf(plan, options, dashboardName(plan, file)),
      spec: { ...instances, folder: dashboardFolder, json },
    })),
    ...(prometheus === undefined || monitoring === undefined
      ? []
      : [
          {
            apiVersion: grafanaDatasource.apiVersion,
            kind: grafanaDatasource.kind,
            metadata: metadataOf(plan, options, childName(plan.name, 'prometheus')),
            spec: {
              ...instances,
              datasource: buildDatasource({
                name: `ChatStack ${options.namespace}/${plan.name}`,
                url: prometheus,
                scrapeInterval: monitoring.scrapeInterval,
                traceURL,
              }),
            },
          },
        ]),
  ];
};

/** All dashboards in one ConfigMap, packed: each stack has them. */
const buildPacked = (plan: StackPlan, options: RenderOptions): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadataOf(plan, options, childName(plan.name, 'dashboards')),
  // An empty map would be dropped by the API server, and be written again at every start of the operator.
  ...(options.dashboards === undefined || Object.keys(options.dashboards).length === 0
    ? {}
    : {
        binaryData: Object.fromEntries(
          Object.entries(options.dashboards).map(([file, { packed }]) => [`${file}.gz`, packed]),
        ),
      }),
});

const mountsOf = (plan: StackPlan): readonly Mount[] => {
  const items = [
    { key: 'datasources.yaml', path: 'datasources/chatstack.yaml' },
    { key: 'dashboards.yaml', path: 'dashboards/chatstack.yaml' },
  ];
  const name = childName(plan.name, 'grafana');
  return [
    configurationMount(name, grafanaFolders.scripts),
    {
      name: 'provisioning',
      path: grafanaFolders.provisioning,
      readOnly: true,
      source: { configMap: { name, items } },
    },
    {
      name: 'packed',
      path: grafanaFolders.packed,
      readOnly: true,
      source: { configMap: { name: childName(plan.name, 'dashboards') } },
    },
    { name: 'dashboards', path: grafanaFolders.dashboards, source: { emptyDir: { sizeLimit: '16Mi' } } },
    { name: 'data', path: grafanaFolders.data, source: { emptyDir: { sizeLimit: '256Mi' } } },
    { name: 'scratch', path: '/tmp', source: { emptyDir: { sizeLimit: '64Mi' } } },
  ];
};

/** The Grafana that a stack runs. All that it shows is provisioned, so it keeps nothing. */
const buildManaged = (plan: StackPlan, grafana: GrafanaPlan, options: RenderOptions): readonly Manifest[] => {
  const ports = { grafana: grafana.port };
  const healthy = byRequest('/api/health', 'grafana');
  return [
    buildConfigMap(plan, options, 'grafana', grafana.files),
    buildPacked(plan, options),
    buildNetworkService(plan, options, { name: childName(plan.name, 'grafana'), component: 'grafana', ports }),
    buildDeployment(
      plan,
      options,
      {
        component: 'grafana',
        user: monitoringUsers.grafana,
        image: grafana.image,
        command: ['sh', `${grafanaFolders.scripts}/start.sh`],
        environment: grafana.environment,
        resources: grafana.resources,
        ports,
        mounts: mountsOf(plan),
        probes: buildProbes(healthy, healthy, 120),
        terminationGraceSeconds: 10,
        // It unpacks and reads them at its start.
        restartHash: buildHash([grafana.files, options.dashboards ?? {}]),
      },
      { replicas: 1, replace: 'recreate' },
    ),
  ];
};

/** What shows dashboards: a Grafana, or what the Grafana of somebody else takes up. */
export const renderGrafana = (plan: StackPlan, grafana: GrafanaPlan, options: RenderOptions): readonly Manifest[] => {
  switch (grafana.mode) {
    case 'Operator':
      return buildForOperator(plan, grafana, options);
    case 'Sidecar':
      return buildDashboards(plan, grafana, options);
    default:
      return buildManaged(plan, grafana, options);
  }
};
