import type { ForeignPods, NetworkEdge, NetworkPeer, NetworkPlan } from '../../plan/network-plan.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { buildMetadata, buildSelector, type Component, childName, programs } from './labels.ts';
import type { Manifest, OperatorPods, RenderOptions } from './manifest.ts';

interface Port {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** Where traffic comes from or goes to; no peer means anywhere, no port all of them. */
interface Rule {
  readonly peers?: readonly object[];
  readonly ports?: readonly Port[];
}

const tcp = (...ports: readonly number[]): readonly Port[] => ports.map((port) => ({ port, protocol: 'TCP' }));

/** Names are asked for at whatever address the pods were given: a Service, or a cache on the node. */
const names: Rule = {
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
};

/** The API of Kubernetes has no pods to select: the usual ports of its Service and of its servers. */
const kubernetes: Rule = { ports: tcp(443, 6443) };

const podsOf = (plan: StackPlan, network: NetworkPlan, component: string) => ({
  matchLabels: network.foreign[component]?.pods ?? buildSelector(plan.name, component as Component),
});

/** An empty map of labels would be dropped by the API server, and be written again at every apply. */
const selectLabels = (labels: { readonly [name: string]: string }): object =>
  Object.keys(labels).length === 0 ? {} : { matchLabels: labels };

const selectPeer = ({ namespaceLabels, podLabels }: NetworkPeer): object => ({
  ...(namespaceLabels === undefined ? {} : { namespaceSelector: selectLabels(namespaceLabels) }),
  ...(podLabels === undefined && namespaceLabels !== undefined ? {} : { podSelector: selectLabels(podLabels ?? {}) }),
});

const isAddress = (host: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(host);

/** NetworkPolicies know addresses and no names: a host that is named may be at any address. */
const toHost = (host: string): Pick<Rule, 'peers'> =>
  isAddress(host) ? { peers: [{ ipBlock: { cidr: `${host}/32` } }] } : {};

const egressOf = (plan: StackPlan, network: NetworkPlan, component: string): readonly Rule[] => {
  const rules = network.edges
    .filter(({ from }) => from === component)
    .map(({ to, port }): Rule => {
      const end = 'host' in to ? toHost(to.host) : { peers: [{ podSelector: podsOf(plan, network, to.component) }] };
      return { ...end, ports: tcp(port) };
    });
  return rules.length > 0 ? [names, ...rules] : [];
};

const reaches = ({ to }: NetworkEdge, component: string): boolean => 'component' in to && to.component === component;

const ingressOf = (plan: StackPlan, network: NetworkPlan, component: string): readonly Rule[] => {
  const edges = network.edges.filter((edge) => reaches(edge, component));
  const ports = [...new Set(edges.map(({ port }) => port))];
  return ports.map((port) => ({
    peers: edges.filter((edge) => edge.port === port).map(({ from }) => ({ podSelector: podsOf(plan, network, from) })),
    ports: tcp(port),
  }));
};

/** An empty list of peers would mean anywhere. */
const fromPeers = (peers: readonly NetworkPeer[], port: number): readonly Rule[] =>
  peers.length === 0 ? [] : [{ peers: peers.map(selectPeer), ports: tcp(port) }];

const serviceIngress = (plan: StackPlan, { clients, scrapers }: NetworkPlan): readonly Rule[] => {
  const { port, metricsPort } = plan.placement.service;
  return [
    ...(clients === 'everybody' ? [{ ports: tcp(port) }] : fromPeers(clients, port)),
    ...fromPeers(scrapers, metricsPort),
  ];
};

const measuredIngress = ({ measured = [], scrapers }: NetworkPlan, component: string): readonly Rule[] =>
  measured.filter((each) => each.component === component).flatMap(({ port }) => fromPeers(scrapers, port));

const operatorPeer = ({ namespace, podLabels }: OperatorPods): object =>
  selectPeer({ namespaceLabels: { 'kubernetes.io/metadata.name': namespace }, podLabels });

/** What a component reaches beside the pods and hosts of the edges. */
const furtherEgress = (network: NetworkPlan, { operator }: RenderOptions, component: string): readonly Rule[] => {
  const { askKubernetes = [], reachAnything = [], readOperator = [] } = network;
  return [
    ...(askKubernetes.includes(component) ? [kubernetes] : []),
    ...(readOperator.includes(component) && operator?.metrics !== undefined
      ? [{ peers: [operatorPeer(operator)], ports: tcp(operator.metrics.port) }]
      : []),
    ...(reachAnything.includes(component) ? [{}] : []),
  ];
};

/** What the operator itself asks: the admin console, which changes pools, Postgres behind it for room, and the servers whose passwords it rotates. */
const operatorIngress = (plan: StackPlan, { operator }: RenderOptions, component: Component): readonly Rule[] => {
  const asked =
    component === 'pgbouncer' ||
    (component === 'postgres' && plan.postgres.mode === 'Managed') ||
    (component === 'redis' && plan.redis.mode === 'Managed');
  if (operator === undefined || !asked) return [];
  return [{ peers: [operatorPeer(operator)], ports: tcp(plan.placement[component].port) }];
};

const foreignRules = (
  foreign: ForeignPods | undefined,
): { readonly ingress: readonly Rule[]; readonly egress: readonly Rule[] } => {
  if (foreign === undefined) return { ingress: [], egress: [] };
  const { pods, operator, operatorPorts, amongPorts, asksKubernetes } = foreign;
  const among: Rule = { peers: [{ podSelector: { matchLabels: pods } }], ports: tcp(...amongPorts) };
  return {
    ingress: [
      { peers: [selectPeer({ namespaceLabels: {}, podLabels: operator })], ports: tcp(...operatorPorts) },
      among,
    ],
    egress: [names, among, ...(asksKubernetes ? [kubernetes] : [])],
  };
};

const write = (direction: 'from' | 'to', rules: readonly Rule[]): readonly object[] =>
  rules.map(({ peers, ports }) => ({
    ...(peers === undefined ? {} : { [direction]: peers }),
    ...(ports === undefined ? {} : { ports }),
  }));

interface Policy {
  readonly name: string;
  readonly component: Component;
  readonly podSelector: object;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

const buildPolicy = (plan: StackPlan, options: RenderOptions, policy: Policy): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: buildMetadata(plan, options, { name: childName(plan.name, policy.name), component: policy.component }),
  spec: {
    podSelector: policy.podSelector,
    policyTypes: ['Ingress', 'Egress'],
    ...(policy.ingress.length > 0 ? { ingress: write('from', policy.ingress) } : {}),
    ...(policy.egress.length > 0 ? { egress: write('to', policy.egress) } : {}),
  },
});

const isComponent = (name: string): name is Component => name in programs;

/** The components that talk to any other, or that any other talks to. */
const componentsOf = ({ edges }: NetworkPlan): readonly Component[] => [
  ...new Set(edges.flatMap(({ from, to }) => ['component' in to ? to.component : '', from]).filter(isComponent)),
];

/**
 * The NetworkPolicies of a stack: nothing may reach any pod of it nor be reached by one, and then, a component at a time, the edges of
 * the plan. They add up, so that another policy of the author can only allow more.
 */
export const renderNetworkPolicies = (plan: StackPlan, options: RenderOptions): readonly Manifest[] => {
  const { network } = plan;
  if (network === undefined) return [];
  const everyPod = {
    matchLabels: { 'app.kubernetes.io/instance': plan.name, 'app.kubernetes.io/part-of': 'chatstack' },
  };
  return [
    buildPolicy(plan, options, {
      name: 'default-deny',
      component: 'service',
      podSelector: everyPod,
      ingress: [],
      egress: [],
    }),
    ...componentsOf(network)
      .toSorted()
      .map((component) => {
        const foreign = foreignRules(network.foreign[component]);
        return buildPolicy(plan, options, {
          name: component,
          component,
          podSelector: podsOf(plan, network, component),
          ingress: [
            ...ingressOf(plan, network, component),
            ...(component === 'service' ? serviceIngress(plan, network) : []),
            ...operatorIngress(plan, options, component),
            ...measuredIngress(network, component),
            ...foreign.ingress,
          ],
          egress: [
            ...egressOf(plan, network, component),
            ...furtherEgress(network, options, component),
            ...foreign.egress,
          ],
        });
      }),
  ];
};
