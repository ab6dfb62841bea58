import { describe, expect, test } from '@jest/globals';
import { type ChatStackSpecInput, parseChatStackSpec } from '../../api/chat-stack.ts';
import { defaultImages } from '../../plan/images.ts';
import { kubernetesPlacement } from '../../plan/placement.ts';
import type { Observed } from '../../plan/plan-input.ts';
import { planStack } from '../../plan/plan-stack.ts';
import { type Component, childName, programs } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { renderKubernetes } from './render-kubernetes.ts';

type Labels = Readonly<Record<string, string>>;

interface Pod {
  readonly namespace: string;
  readonly labels: Labels;
  /** Only outside of the cluster. */
  readonly address?: string;
}

interface Selector {
  readonly matchLabels?: Labels;
}

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  /** Unset: all. */
  readonly ports?: readonly { readonly port: number; readonly protocol: string }[];
}

interface PolicySpec {
  readonly podSelector: Selector;
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}

const operator = {
  namespace: 'system',
  podLabels: { app: 'operator' },
  metrics: { host: 'operator.system.svc', port: 9464 },
};

const render = (input: ChatStackSpecInput, observed: Partial<Observed> = {}): readonly Manifest[] => {
  const parsed = parseChatStackSpec(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const planned = planStack({
    name: 'acme',
    spec: parsed.spec,
    placement: kubernetesPlacement('acme'),
    images: defaultImages,
    observed: { definitions: new Set(), ...observed },
  });
  if (!planned.ok) throw new Error(JSON.stringify(planned.faults));
  return renderKubernetes(planned.plan, { namespace: 'chat', operator, credentialsRevision: 'first' }).policies;
};

const component = (name: Component, stack = 'acme'): Pod => ({
  namespace: 'chat',
  labels: {
    'app.kubernetes.io/instance': stack,
    'app.kubernetes.io/component': name,
    'app.kubernetes.io/part-of': 'chatstack',
  },
});

const pods: Readonly<Record<string, Pod>> = {
  ...Object.fromEntries((Object.keys(programs) as Component[]).map((name) => [name, component(name)])),
  'other stack': component('service', 'other'),
  neighbour: { namespace: 'chat', labels: {} },
  stranger: { namespace: 'elsewhere', labels: { role: 'web' } },
  operator: { namespace: 'system', labels: { app: 'operator' } },
  'beside the operator': { namespace: 'system', labels: {} },
  'outside 10.1.2.3': { namespace: '', labels: {}, address: '10.1.2.3' },
  'outside 10.9.9.9': { namespace: '', labels: {}, address: '10.9.9.9' },
};

const holds = ({ matchLabels = {} }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([name, value]) => labels[name] === value);

const admits = (peer: Peer, pod: Pod): boolean => {
  if (peer.ipBlock !== undefined) return peer.ipBlock.cidr === `${pod.address}/32`;
  if (pod.address !== undefined) return false;
  const inNamespace =
    peer.namespaceSelector === undefined
      ? pod.namespace === 'chat'
      : holds(peer.namespaceSelector, { 'kubernetes.io/metadata.name': pod.namespace });
  return inNamespace && (peer.podSelector === undefined || holds(peer.podSelector, pod.labels));
};

/** What an enforcer of NetworkPolicies does with one direction of a connection. */
const passes = (policies: readonly Manifest[], own: Pod, other: Pod, port: number, field: 'ingress' | 'egress') => {
  const selecting = policies
    .map(({ spec }) => spec as PolicySpec)
    .filter(({ podSelector }) => own.namespace === 'chat' && holds(podSelector, own.labels));
  if (selecting.length === 0) return true;
  return selecting.some((spec) =>
    spec[field]?.some((rule) => {
      const peers = rule.from ?? rule.to;
      return (
        (rule.ports === undefined || rule.ports.some((each) => each.port === port)) &&
        (peers === undefined || peers.some((peer) => admits(peer, other)))
      );
    }),
  );
};

const ports = [53, 80, 443, 3001, 4318, 5432, 6379, 6432, 7000, 9090, 9093, 9121, 9127, 9187, 9464];

/** Every connection into or out of the stack's pods that the policies let pass, as `from → to:port`. Names are asked for by the way. */
const connections = (policies: readonly Manifest[]): readonly string[] =>
  Object.entries(pods).flatMap(([from, source]) =>
    Object.entries(pods).flatMap(([to, target]) =>
      ports
        .filter(
          (port) =>
            from !== to &&
            port !== 53 &&
            (from in programs || to in programs) &&
            passes(policies, source, target, port, 'egress') &&
            passes(policies, target, source, port, 'ingress'),
        )
        .map((port) => `${from} → ${to}:${port}`),
    ),
  );

const everybody = ['other stack', 'neighbour', 'stranger', 'operator', 'beside the operator'];
const outside = ['outside 10.1.2.3', 'outside 10.9.9.9'];

const diagram = [
  'service → pgbouncer:6432',
  'service → redis:6379',
  'pgbouncer → postgres:5432',
  'migration → postgres:5432',
];

/** Who measures, and on which port. */
const measuring = [
  'exporters → postgres:5432',
  'exporters → redis:6379',
  'prometheus → service:9464',
  'prometheus → pgbouncer:9127',
  'prometheus → exporters:9187',
  'prometheus → exporters:9121',
  'prometheus → operator:9464',
  'grafana → prometheus:9090',
];

/** The admin console, and the servers whose passwords are rotated. */
const operating = ['operator → pgbouncer:6432', 'operator → postgres:5432', 'operator → redis:6379'];

/** The API of Kubernetes may be anywhere. */
const discovery = [...everybody, ...outside].map((name) => `prometheus → ${name}:443`);

describe('The policies of an empty spec', () => {
  test('let pass exactly the edges of the diagram', () => {
    expect([...connections(render({}))].toSorted()).toEqual(
      [
        ...diagram,
        ...measuring,
        ...discovery,
        ...[...everybody, ...outside].map((name) => `${name} → service:3001`),
        ...operating,
      ].toSorted(),
    );
  });

  test('let those look names up who have somebody to talk to, and nobody else', () => {
    const asks = (name: Component) =>
      passes(render({}), component(name), pods['outside 10.9.9.9'] as Pod, 53, 'egress');
    expect((Object.keys(programs) as Component[]).filter(asks).toSorted()).toEqual([
      'exporters',
      'grafana',
      'migration',
      'pgbouncer',
      'prometheus',
      'service',
    ]);
  });

  test('hold for every pod of the stack, one that no other policy knows included', () => {
    const [first] = render({});
    expect(first?.metadata.name).toBe(childName('acme', 'default-deny'));
    expect(passes(render({}), component('backup'), component('postgres'), 5432, 'egress')).toBe(false);
  });

  test('are none where the author wants none', () => {
    expect(render({ networkPolicies: { enabled: false } })).toEqual([]);
  });
});

const unmeasured: ChatStackSpecInput = { monitoring: { prometheus: { mode: 'None' } } };

test('A stack that is not measured lets nobody in for that', () => {
  expect([...connections(render(unmeasured))].toSorted()).toEqual(
    [...diagram, ...[...everybody, ...outside].map((name) => `${name} → service:3001`), ...operating].toSorted(),
  );
});

test('Alertmanager reaches whoever its receivers are, and only Prometheus reaches it', () => {
  const alertmanager = { enabled: true, configSecretRef: { name: 'alerts', key: 'alertmanager.yml' } };
  const found = connections(render({ monitoring: { alertmanager } })).filter((each) => each.includes('alertmanager'));
  expect(found.filter((each) => each.includes('→ alertmanager'))).toEqual(['prometheus → alertmanager:9093']);
  expect(found).toContain('alertmanager → outside 10.9.9.9:443');
});

describe('Clients and scrapers', () => {
  test('are those who are named', () => {
    const networkPolicies = {
      clients: [{ namespaceLabels: { 'kubernetes.io/metadata.name': 'elsewhere' }, podLabels: { role: 'web' } }],
      scrapers: [{}],
    };
    const all = connections(render({ networkPolicies })).filter((each) => !/^(prometheus|grafana) /.test(each));
    expect(all.filter((each) => each.includes('→ service')).toSorted()).toEqual([
      'neighbour → service:9464',
      'other stack → service:9464',
      'stranger → service:3001',
    ]);
    expect(all.filter((each) => each.startsWith('neighbour')).toSorted()).toEqual([
      'neighbour → exporters:9121',
      'neighbour → exporters:9187',
      'neighbour → pgbouncer:9127',
      'neighbour → prometheus:9090',
      'neighbour → service:9464',
    ]);
  });

  test('are nobody where the list is empty', () => {
    const found = connections(render({ networkPolicies: { clients: [] }, ...unmeasured }));
    expect(found.filter((each) => each.includes('→ service'))).toEqual([]);
  });
});

describe('A Postgres of somebody else', () => {
  const at = (host: string): ChatStackSpecInput => ({
    postgres: { mode: 'External', external: { host, port: 7000, database: 'chat', secretRef: { name: 'database' } } },
  });
  const outgoing = (input: ChatStackSpecInput) =>
    connections(render(input)).filter((each) => / → (outside|stranger)/.test(each) && !each.startsWith('prometheus'));

  test('is reached at its address and at no other', () => {
    expect(outgoing(at('10.1.2.3'))).toEqual([
      'pgbouncer → outside 10.1.2.3:7000',
      'migration → outside 10.1.2.3:7000',
      'exporters → outside 10.1.2.3:7000',
    ]);
  });

  test('may be at any address when it has a name, but only on its port', () => {
    expect(outgoing(at('db.example')).filter((each) => !each.endsWith(':7000'))).toEqual([]);
    expect(outgoing(at('db.example'))).toContain('pgbouncer → outside 10.9.9.9:7000');
  });
});

describe('What the service asks beside its components', () => {
  const outgoing = (service: ChatStackSpecInput['service']) =>
    connections(render({ service })).filter((each) => each.startsWith('service → outside'));

  test('are the key sets of the issuer', () => {
    const jwt = { mode: 'JWT', issuer: 'a', audience: 'b' } as const;
    expect(outgoing({ auth: { ...jwt, jwksURL: 'https://issuer.example/keys' } })).toEqual([
      'service → outside 10.1.2.3:443',
      'service → outside 10.9.9.9:443',
    ]);
  });

  test('are the addresses in variables of the author', () => {
    const env = [
      { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://10.1.2.3:4318' },
      { name: 'OTEL_SERVICE_NAME', value: 'chat' },
    ];
    expect(outgoing({ env })).toEqual(['service → outside 10.1.2.3:4318']);
  });
});

test('What pods of a former plan still use stays open until they are gone', () => {
  const during = connections(render({}, { serviceReaches: new Set(['postgres', 'redis']) }));
  expect(during).toContain('service → postgres:5432');
  expect(diagram.filter((edge) => !during.includes(edge))).toEqual([]);
});

test('Backups reach Postgres and their store, and nothing else', () => {
  const s3 = { bucket: 'backups', endpoint: 'http://10.1.2.3:7000', secretRef: { name: 'store' } };
  const found = connections(render({ postgres: { backup: { schedule: '0 3 * * *', s3 } } }));
  expect(found.filter((each) => each.startsWith('backup'))).toEqual([
    'backup → postgres:5432',
    'backup → outside 10.1.2.3:7000',
  ]);
});

test('Without poolers the service reaches Postgres, and nobody reaches a pooler', () => {
  const found = connections(render({ pgbouncer: { enabled: false } }));
  expect(found).toContain('service → postgres:5432');
  expect(found.filter((each) => each.includes('pgbouncer'))).toEqual([]);
});
