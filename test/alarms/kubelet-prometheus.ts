import { monitoringImages } from '@chatstack/stack/plan/images.ts';
import { kubectl } from '../e2e/kubectl.ts';
import type { ServiceProxy } from '../e2e/service-proxy.ts';
import type { Scene } from '../faults/scene.ts';
import { PrometheusClient } from './prometheus.ts';

const NAME = 'chatstack-alarms-kubelet';
const PORT = 9090;
const KUBELET_PORT = 10250;

type RuleGroup = { readonly name: string; readonly rules: readonly { readonly expr: string }[] };

/** The rules of a stack that read what the kubelet measures, of a file as the stack's ConfigMap has it. Pure. */
export function pickKubeletRules(file: string): readonly RuleGroup[] {
  const { groups } = JSON.parse(file.replace(/^#.*$/m, '')) as { groups: RuleGroup[] };
  return groups
    .map((group) => ({ ...group, rules: group.rules.filter(({ expr }) => expr.includes('kubelet_')) }))
    .filter(({ rules }) => rules.length > 0);
}

/** A Prometheus that scrapes the kubelet, as that of a cluster does and that of a stack may not, with the rules of a stack that need it. */
export type KubeletPrometheus = { readonly client: PrometheusClient; remove(): Promise<void> };

/** Starts it in the namespace of the operator, and waits until it is ready. */
export async function startKubeletPrometheus(
  { place, namespace, operator }: Scene,
  { urlOf }: ServiceProxy,
): Promise<KubeletPrometheus> {
  const { data = {} } = await namespace.get('configmap', `${place.stackName}-prometheus`);
  const rules = { groups: pickKubeletRules(data['rules.yml'] ?? '{"groups":[]}') };
  const address = 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  const { stdout: node } = await kubectl(['get', 'nodes', '-o', address]);
  await operator.apply(...buildObjects(place.operatorNamespace, `${node}:${KUBELET_PORT}`, rules));
  await operator.kubectl(['wait', '--for=condition=Ready', `pod/${NAME}`, '--timeout=120s']);
  return {
    client: new PrometheusClient(urlOf(place.operatorNamespace, NAME, PORT)),
    remove: async () => {
      await operator.kubectl([
        'delete',
        `pod/${NAME}`,
        `service/${NAME}`,
        `configmap/${NAME}`,
        `serviceaccount/${NAME}`,
      ]);
      await kubectl(['delete', `clusterrolebinding/${NAME}`, `clusterrole/${NAME}`]);
    },
  };
}

function buildObjects(namespace: string, kubelet: string, rules: object): readonly object[] {
  const group = 'rbac.authorization.k8s.io';
  const metadata = { name: NAME };
  const labels = { app: NAME };
  const scrape = {
    job_name: 'kubelet',
    scheme: 'https',
    tls_config: { insecure_skip_verify: true },
    authorization: { credentials_file: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
    static_configs: [{ targets: [kubelet] }],
  };
  const configuration = {
    global: { scrape_interval: '15s', evaluation_interval: '15s' },
    rule_files: ['/etc/prometheus/rules.yml'],
    scrape_configs: [scrape],
  };
  const container = {
    name: 'prometheus',
    image: monitoringImages.prometheus,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/prometheus', '--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/samples'],
    readinessProbe: { httpGet: { path: '/-/ready', port: PORT } },
    resources: { requests: { cpu: '10m', memory: '64Mi' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'configuration', mountPath: '/etc/prometheus' },
      { name: 'samples', mountPath: '/samples' },
    ],
  };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRole',
      metadata,
      rules: [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }],
    },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: NAME },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace }],
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { 'prometheus.yml': JSON.stringify(configuration), 'rules.yml': JSON.stringify(rules) },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: PORT }] } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, labels },
      spec: {
        serviceAccountName: NAME,
        terminationGracePeriodSeconds: 0,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65534,
          fsGroup: 65534,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [container],
        volumes: [
          { name: 'configuration', configMap: { name: NAME } },
          { name: 'samples', emptyDir: {} },
        ],
      },
    },
  ];
}
