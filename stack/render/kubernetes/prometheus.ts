import { buildOperatorScrape, prometheusFolder } from '../../config/prometheus-yml.ts';
import { monitoringUsers } from '../../plan/images.ts';
import type { ManagedPrometheusPlan } from '../../plan/monitoring-plan.ts';
import { samplesFolder } from '../../plan/plan-monitoring.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { buildConfigMap } from './config-map.ts';
import { buildDeployment } from './deployment.ts';
import { buildMetadata, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildNetworkService } from './network-service.ts';
import { configurationMount } from './pod.ts';
import { buildProbes, byRequest } from './probes.ts';

const group = 'rbac.authorization.k8s.io';

/** It asks Kubernetes which pods there are, by whose names series are told apart, and for nothing else. */
const buildRights = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const name = childName(plan.name, 'prometheus');
  const metadata = buildMetadata(plan, options, { name, component: 'prometheus' });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    {
      apiVersion: `${group}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }],
    },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: options.namespace }],
    },
  ];
};

/** Its samples outlive the stack as the data of Postgres does. */
const buildClaim = (plan: StackPlan, { storage }: ManagedPrometheusPlan, options: RenderOptions): Manifest => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: buildMetadata(plan, options, {
    name: childName(plan.name, 'prometheus'),
    component: 'prometheus',
    owned: plan.deletionPolicy === 'Delete',
  }),
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: storage.size } },
    ...(storage.storageClassName === undefined ? {} : { storageClassName: storage.storageClassName }),
  },
});

/** The Prometheus that a stack runs. Two at once would fight for the volume, so the old pod goes first. */
export const renderPrometheus = (
  plan: StackPlan,
  prometheus: ManagedPrometheusPlan,
  options: RenderOptions,
): readonly Manifest[] => {
  const name = childName(plan.name, 'prometheus');
  const ports = { prometheus: prometheus.port };
  const metrics = options.operator?.metrics;
  const files = {
    ...prometheus.files,
    ...(metrics === undefined
      ? {}
      : {
          ...prometheus.operatorFiles,
          'scrape-operator.yml': buildOperatorScrape({ namespace: options.namespace, stack: plan.name }, metrics),
        }),
  };
  return [
    ...buildRights(plan, options),
    buildConfigMap(plan, options, 'prometheus', files),
    buildClaim(plan, prometheus, options),
    buildNetworkService(plan, options, { name, component: 'prometheus', ports }),
    buildDeployment(
      plan,
      options,
      {
        component: 'prometheus',
        user: monitoringUsers.prometheus,
        image: prometheus.image,
        command: prometheus.command,
        environment: [],
        resources: prometheus.resources,
        ports,
        mounts: [
          configurationMount(name, prometheusFolder),
          { name: 'samples', path: samplesFolder, source: { persistentVolumeClaim: { claimName: name } } },
        ],
        // Its log of the newest samples is read first: minutes, when it is long.
        probes: buildProbes(byRequest('/-/ready', 'prometheus'), byRequest('/-/healthy', 'prometheus'), 900),
        terminationGraceSeconds: 60,
        serviceAccount: name,
      },
      { replicas: 1, replace: 'recreate' },
    ),
  ];
};
