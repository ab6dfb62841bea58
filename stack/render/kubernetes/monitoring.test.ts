import { runPromtool } from '@chatstack/test/engines/promtool.ts';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type ChatStackSpecInput, parseChatStackSpec } from '../../api/chat-stack.ts';
import { defaultImages } from '../../plan/images.ts';
import { kubernetesPlacement } from '../../plan/placement.ts';
import { planStack } from '../../plan/plan-stack.ts';
import type { KubernetesObjects, Manifest, RenderOptions } from './manifest.ts';
import { renderKubernetes } from './render-kubernetes.ts';

const operator = {
  namespace: 'system',
  podLabels: { app: 'operator' },
  metrics: { host: 'operator.system.svc', port: 9464 },
};

const dashboards = {
  'overview.json': { json: '{"title":"Overview"}', packed: 'b25l' },
  'redis-cache.json': { json: '{"title":"Redis"}', packed: 'dHdv' },
};

const render = (input: ChatStackSpecInput, options: Partial<RenderOptions> = {}): KubernetesObjects => {
  const parsed = parseChatStackSpec(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const planned = planStack({
    name: 'acme',
    namespace: 'chat',
    spec: parsed.spec,
    placement: kubernetesPlacement('acme'),
    images: defaultImages,
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return renderKubernetes(planned.plan, {
    namespace: 'chat',
    operator,
    credentialsRevision: 'first',
    monitoringRevision: 'second',
    dashboards,
    ...options,
  });
};

const measured = (input: ChatStackSpecInput, options?: Partial<RenderOptions>): readonly Manifest[] =>
  render(input, options).monitoring;

const find = <Fields>(manifests: readonly Manifest[], kind: string, name: string): Manifest & Fields => {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined) throw new Error(`expected ${kind} ${name}, found ${list(manifests).join(', ')}`);
  return found as Manifest & Fields;
};

const list = (manifests: readonly Manifest[]): string[] =>
  manifests.map(({ kind, metadata: { name } }) => `${kind} ${name}`).sort();

interface WithFiles {
  readonly data: Readonly<Record<string, string>>;
}

interface Config {
  readonly scrape_configs: readonly { readonly kubernetes_sd_configs?: unknown }[];
  readonly [field: string]: unknown;
}

/**
 * The files of the stack's Prometheus in the form of promtool's folder. Older ones know no further files to scrape by, and those of
 * distributions do not know Kubernetes: that pods are found is seen on a cluster.
 */
const promtoolFiles = (input: ChatStackSpecInput): Readonly<Record<string, object>> => {
  const { data } = find<WithFiles>(measured(input), 'ConfigMap', 'acme-prometheus');
  const { scrape_config_files: _, ...main } = parse(data['prometheus.yml'] ?? '') as Config;
  const further = parse(data['scrape-operator.yml'] ?? '') as Config;
  return {
    'prometheus.yml': {
      ...main,
      rule_files: ['rules.yml', 'rules-operator.yml'],
      scrape_configs: [...main.scrape_configs, ...further.scrape_configs].map(
        ({ kubernetes_sd_configs: _pods, ...job }) => job,
      ),
    },
    'rules.yml': parse(data['rules.yml'] ?? '') as object,
    'rules-operator.yml': parse(data['rules-operator.yml'] ?? '') as object,
  };
};

const alertmanager = { enabled: true, configSecretRef: { name: 'receivers', key: 'alertmanager.yml' } };

describe('A Prometheus of the stack', () => {
  test.each<[string, ChatStackSpecInput]>([
    ['as it is by default', {}],
    [
      'with an Alertmanager and a long interval',
      { monitoring: { prometheus: { scrapeInterval: '5m' }, alertmanager } },
    ],
    ['without poolers', { pgbouncer: { enabled: false } }],
  ])('has files that promtool takes, %s', async (_, input) => {
    expect(await runPromtool(['check', 'config', 'prometheus.yml'], promtoolFiles(input))).toBe('');
  });

  test('and a broken one would be found', async () => {
    const files = { 'prometheus.yml': { scrape_configs: [{ job_name: 'a', scrape_interval: 'often' }] } };
    expect(await runPromtool(['check', 'config', 'prometheus.yml'], files)).toContain('often');
  });

  test('may read pods of its namespace, and nothing else', () => {
    const objects = measured({});
    expect(find(objects, 'Role', 'acme-prometheus').rules).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    ]);
    const tokens = objects.filter((each) => JSON.stringify(each).includes('"automountServiceAccountToken":true'));
    expect(list(tokens)).toEqual(['Deployment acme-prometheus']);
  });

  test('rolls for no other alert, threshold or password', () => {
    const podOf = (objects: readonly Manifest[]) => find(objects, 'Deployment', 'acme-prometheus').spec;
    const usual = podOf(measured({}));
    expect(podOf(measured({ monitoring: { alerts: { enabled: false } } }))).toEqual(usual);
    expect(podOf(measured({ monitoring: { alertmanager } }))).toEqual(usual);
    expect(podOf(measured({}, { credentialsRevision: 'other', monitoringRevision: 'other' }))).toEqual(usual);
  });

  test('tells when the operator is down, where it knows where that is', () => {
    const rulesOf = (objects: readonly Manifest[]) =>
      find<WithFiles>(objects, 'ConfigMap', 'acme-prometheus').data['rules-operator.yml'];
    expect(rulesOf(measured({}))).toContain('"alert": "ChatStackOperatorDown"');
    expect(rulesOf(measured({ monitoring: { alerts: { enabled: false } } }))).not.toContain('"alert"');
    expect(rulesOf(measured({}, { operator: { namespace: 'there', podLabels: {} } }))).toBeUndefined();
  });

  test('keeps what dashboards read when there are no alerts', () => {
    const { data } = find<WithFiles>(
      measured({ monitoring: { alerts: { enabled: false } } }),
      'ConfigMap',
      'acme-prometheus',
    );
    const { groups } = parse(data['rules.yml'] ?? '') as { groups: { rules: object[] }[] };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(5);
    expect(rules.filter((rule) => 'alert' in rule)).toEqual([]);
  });

  test('takes the thresholds of the author', () => {
    const monitoring = {
      alerts: { thresholds: { transactionSeconds: 77 }, runbookURL: 'https://wiki.example/books/' },
    };
    const { data } = find<WithFiles>(measured({ monitoring }), 'ConfigMap', 'acme-prometheus');
    expect(data['rules.yml']).toMatch(/> 77\b/);
    expect(data['rules.yml']).toMatch(/"runbook_url": "https:\/\/wiki\.example\/books\/ChatStack\w+\.md"/);
  });
});

test('other passwords of those that measure roll whoever reads them, and the service does not', () => {
  const rolled = (revision: string) => {
    const { data, monitoring, service } = render({}, { monitoringRevision: revision });
    return [...data, ...monitoring, ...service].filter((each) => JSON.stringify(each).includes(revision));
  };
  expect(list(rolled('another'))).toEqual([
    'Deployment acme-exporters',
    'Deployment acme-grafana',
    'Deployment acme-pgbouncer',
    'StatefulSet acme-postgres',
  ]);
});

describe('The Prometheus of the cluster', () => {
  const operated = measured({ monitoring: { prometheus: { mode: 'Operator', labels: { release: 'cluster' } } } });

  test('is told which pods to scrape and which rules there are', () => {
    expect(list(operated)).toEqual([
      'Deployment acme-exporters',
      'PodMonitor acme-exporters',
      'PodMonitor acme-pgbouncer',
      'PodMonitor acme-service',
      'PrometheusRule acme-rules',
    ]);
    for (const { kind, metadata } of operated.filter(({ kind }) => kind !== 'Deployment'))
      expect([kind, metadata.labels.release]).toEqual([kind, 'cluster']);
  });

  test('gives series the labels that a Prometheus of the stack would', () => {
    interface Endpoints {
      readonly spec: {
        readonly podMetricsEndpoints: { port: string; relabelings: { targetLabel?: string; replacement?: string }[] }[];
      };
    }
    const { podMetricsEndpoints } = find<Endpoints>(operated, 'PodMonitor', 'acme-exporters').spec;
    expect(
      podMetricsEndpoints.map(({ port, relabelings }) => [
        port,
        Object.fromEntries(
          relabelings.flatMap((each) => (each.replacement ? [[each.targetLabel, each.replacement]] : [])),
        ),
      ]),
    ).toEqual(
      ['postgres', 'redis'].map((component) => [
        component,
        { job: `chatstack-${component}`, namespace: 'chat', stack: 'acme', component },
      ]),
    );
  });
});

test.each([
  ['traces go nowhere', [], false],
  ['traces have a receiver', [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://tempo:4318' }], true],
  [
    'a Secret says where traces go',
    [{ name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', valueFrom: { secretKeyRef: { name: 'traces', key: 'url' } } }],
    true,
  ],
  [
    'traces are switched off',
    [
      { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://tempo:4318' },
      { name: 'OTEL_SDK_DISABLED', value: 'True' },
    ],
    false,
  ],
])('Where %s, Prometheus keeps exemplars: %j → %s', (_, env, keeps) => {
  const prometheus = JSON.stringify(find(measured({ service: { env } }), 'Deployment', 'acme-prometheus'));
  expect(prometheus.includes('exemplar-storage')).toBe(keeps);
  expect(prometheus).toContain('auto-reload-config');
});

describe('Grafana', () => {
  test('of the stack is provisioned with its Prometheus and every dashboard, and asks for a login', () => {
    const objects = measured({});
    const { data } = find<WithFiles>(objects, 'ConfigMap', 'acme-grafana');
    expect(data['datasources.yaml']).toContain('"url": "http://acme-prometheus.chat.svc:9090"');
    expect(find(objects, 'ConfigMap', 'acme-dashboards').binaryData).toEqual({
      'overview.json.gz': 'b25l',
      'redis-cache.json.gz': 'dHdv',
    });
    const deployment = JSON.stringify(find(objects, 'Deployment', 'acme-grafana'));
    expect(deployment).toContain('{"name":"GF_AUTH_ANONYMOUS_ENABLED","value":"false"}');
  });

  test('starts again with other dashboards, which it unpacks at its start', () => {
    const podOf = (options: Partial<RenderOptions>) => find(measured({}, options), 'Deployment', 'acme-grafana').spec;
    const other = { ...dashboards, 'overview.json': { json: '{}', packed: 'b3RoZXI=' } };
    expect(podOf({ dashboards: other })).not.toEqual(podOf({}));
  });

  test('with the usual sidecar finds each dashboard in a ConfigMap with its label', () => {
    const objects = measured({ monitoring: { grafana: { mode: 'Sidecar' } } });
    const labelled = objects.filter(({ metadata }) => metadata.labels.grafana_dashboard === '1');
    expect(list(labelled)).toEqual(['ConfigMap acme-dashboard-overview', 'ConfigMap acme-dashboard-redis-cache']);
    expect(list(objects).filter((each) => each.includes('grafana'))).toEqual([]);
  });

  test('of the grafana-operator is given dashboards and the datasource', () => {
    const objects = measured({ monitoring: { grafana: { mode: 'Operator' } } });
    expect(list(objects).filter((each) => each.startsWith('Grafana'))).toEqual([
      'GrafanaDashboard acme-dashboard-overview',
      'GrafanaDashboard acme-dashboard-redis-cache',
      'GrafanaDatasource acme-prometheus',
    ]);
    const { spec } = find(objects, 'GrafanaDatasource', 'acme-prometheus');
    expect(spec).toMatchObject({
      instanceSelector: { matchLabels: { dashboards: 'grafana' } },
      datasource: { url: 'http://acme-prometheus.chat.svc:9090' },
    });
  });

  test('leads from a request to its trace, where somebody says where traces are shown', () => {
    const grafana = { traceURL: 'https://jaeger.example/trace/{traceId}?uiEmbed=v0' };
    const destination = (value: string) => [
      { name: 'trace_id', url: `https://jaeger.example/trace/${value}?uiEmbed=v0`, urlDisplayLabel: 'the trace' },
    ];
    const { data } = find<WithFiles>(measured({ monitoring: { grafana } }), 'ConfigMap', 'acme-grafana');
    const [own] = parse(data['datasources.yaml'] ?? '').datasources;
    // Grafana reads $$ in the file as $; what its operator is given goes there as it is.
    expect(own.jsonData.exemplarTraceIdDestinations).toEqual(destination(`$\${__value.raw}`));
    const operated = measured({ monitoring: { grafana: { ...grafana, mode: 'Operator' } } });
    const { spec } = find(operated, 'GrafanaDatasource', 'acme-prometheus');
    expect(spec).toMatchObject({
      datasource: { jsonData: { exemplarTraceIdDestinations: destination(`\${__value.raw}`) } },
    });
    const refused = parseChatStackSpec({ monitoring: { grafana: { traceURL: 'https://jaeger.example/trace/' } } });
    expect(refused.ok).toBe(false);
  });

  test('is none where nothing is measured by the stack itself, unless it is asked for', () => {
    expect(measured({ monitoring: { prometheus: { mode: 'None' } } })).toEqual([]);
  });
});

test('Who measures reaches servers of somebody else with the logins of the author', () => {
  const objects = measured({
    postgres: {
      mode: 'External',
      external: { host: 'db.example', database: 'chat', secretRef: { name: 'database' }, tls: { mode: 'Prefer' } },
    },
    redis: {
      mode: 'External',
      external: { host: 'cache.example', secretRef: { name: 'cache' }, tls: { enabled: true } },
    },
    monitoring: { exporters: { postgresSecretRef: { name: 'watcher' } } },
  });
  const pod = JSON.stringify(find(objects, 'Deployment', 'acme-exporters'));
  expect(pod).toContain('"value":"db.example:5432/chat?sslmode=require"');
  expect(pod).toContain('"secretKeyRef":{"name":"watcher","key":"password"}');
  expect(pod).toContain('"value":"rediss://cache.example:6379"');
  expect(pod).toContain('"secretKeyRef":{"name":"cache","key":"username","optional":true}');
  expect(pod).not.toContain('stat_statements');
});
