import type { MonitoringPlan } from './monitoring-plan.ts';
import type { NetworkEdge, NetworkEnd, NetworkPlan } from './network-plan.ts';
import { standardPorts } from './placement.ts';
import { nothingObserved, type PlanInput } from './plan-input.ts';
import { redisReplicationName } from './redis-place.ts';
import type { PostgresPlan } from './stack-plan.ts';

const schemePorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Where an address of HTTP leads; nothing where the text is none. */
const endOfUrl = (text: string | undefined): { readonly host: string; readonly port: number } | undefined => {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const { protocol, hostname, port } = new URL(text);
  const usual = schemePorts[protocol];
  return usual === undefined ? undefined : { host: hostname, port: port === '' ? usual : Number(port) };
};

const toUrl = (from: string, text: string | undefined): readonly NetworkEdge[] => {
  const end = endOfUrl(text);
  return end === undefined ? [] : [{ from, to: { host: end.host }, port: end.port }];
};

/** Key sets of issuers, and whatever else the author's variables name by an address, such as a receiver of traces. */
const serviceAsks = ({ spec }: PlanInput): readonly NetworkEdge[] =>
  [spec.service.auth.jwksURL, ...spec.service.env.map(({ value }) => value)].flatMap((text) => toUrl('service', text));

const backupEdges = ({ spec }: PlanInput, postgres: NetworkEnd, port: number): readonly NetworkEdge[] => {
  const { backup } = spec.postgres;
  if (backup === undefined) return [];
  const { s3 } = backup;
  const store = s3 && (s3.endpoint ?? `https://s3.${s3.region}.amazonaws.com`);
  return ['backup', 'restore'].flatMap((from) => [{ from, to: postgres, port }, ...toUrl(from, store)]);
};

/** The redis-operator asks its pods who is master, and they copy from each other. */
const redisOperatorPods = ({ name, spec, placement }: PlanInput): NetworkPlan['foreign'] =>
  spec.redis.mode === 'Opstree' && placement.kind === 'kubernetes'
    ? {
        redis: {
          pods: { app: redisReplicationName(name) },
          operator: { name: 'redis-operator' },
          operatorPorts: [placement.redis.port],
          amongPorts: [placement.redis.port],
          asksKubernetes: false,
        },
      }
    : {};

/** CloudNativePG asks its instances how they are, and they ask Kubernetes who is primary and copy from it. */
const cloudNativePgPods = ({ name, spec, placement }: PlanInput): NetworkPlan['foreign'] =>
  spec.postgres.mode === 'CloudNativePG'
    ? {
        postgres: {
          pods: { 'cnpg.io/cluster': `${name}-postgres` },
          operator: { 'app.kubernetes.io/name': 'cloudnative-pg' },
          operatorPorts: [placement.postgres.port, 8000],
          amongPorts: [placement.postgres.port, 8000],
          asksKubernetes: true,
        },
      }
    : {};

const exporterEdges = (
  { placement, spec }: PlanInput,
  database: { readonly end: NetworkEnd; readonly port: number },
): readonly NetworkEdge[] => [
  { from: 'exporters', to: database.end, port: database.port },
  ...(placement.redis.runs
    ? [
        {
          from: 'exporters',
          to: spec.redis.external ? { host: placement.redis.host } : { component: 'redis' },
          port: placement.redis.port,
        },
      ]
    : []),
];

/** Who measures whom, where anything is measured. */
const monitoringEdges = (
  input: PlanInput,
  monitoring: MonitoringPlan | undefined,
  database: { readonly end: NetworkEnd; readonly port: number },
): readonly NetworkEdge[] => {
  if (monitoring === undefined) return [];
  const { exporters, prometheus, alertmanager, grafana, targets } = monitoring;
  const own = prometheus?.mode === 'Managed' ? prometheus : undefined;
  return [
    ...(exporters === undefined ? [] : exporterEdges(input, database)),
    ...(own === undefined
      ? []
      : targets.map(({ from, port }) => ({ from: 'prometheus', to: { component: from }, port }))),
    ...(alertmanager === undefined
      ? []
      : [{ from: 'prometheus', to: { component: 'alertmanager' }, port: alertmanager.port }]),
    ...(grafana?.mode !== 'Managed'
      ? []
      : own === undefined
        ? toUrl('grafana', grafana.prometheus)
        : [{ from: 'grafana', to: { component: 'prometheus' }, port: own.port }]),
  ];
};

/** What else a stack's own Prometheus and Alertmanager reach, and what the scrapers of the author may read. */
const monitoringReach = (monitoring: MonitoringPlan | undefined): Partial<NetworkPlan> => {
  if (monitoring === undefined) return {};
  const { prometheus, alertmanager, targets } = monitoring;
  const own = prometheus?.mode === 'Managed' ? prometheus : undefined;
  const measured = targets
    .filter(({ from }) => from !== 'service')
    .map(({ from, port }) => ({ component: from, port }));
  return {
    measured: [...measured, ...(own === undefined ? [] : [{ component: 'prometheus', port: own.port }])],
    ...(own === undefined ? {} : { askKubernetes: ['prometheus'], readOperator: ['prometheus'] }),
    ...(alertmanager === undefined ? {} : { reachAnything: ['alertmanager'] }),
  };
};

const unique = (edges: readonly NetworkEdge[]): readonly NetworkEdge[] => [
  ...new Map(edges.map((edge) => [JSON.stringify(edge), edge])).values(),
];

/**
 * Plans who may talk to whom: the edges of the diagram, and those that pods of a former plan still use while the service rolls over.
 * Undefined where the author wants no policies.
 */
export const planNetwork = (
  input: PlanInput,
  postgres: PostgresPlan,
  monitoring: MonitoringPlan | undefined,
): NetworkPlan | undefined => {
  const { spec, placement } = input;
  const { enabled, clients, scrapers } = spec.networkPolicies;
  if (!enabled) return undefined;
  const { pgbouncer, redis } = placement;
  const cache: NetworkEnd = spec.redis.external ? { host: redis.host } : { component: 'redis' };
  const { serviceReaches = new Set<string>() } = input.observed ?? nothingObserved;
  const database: NetworkEnd = postgres.mode === 'External' ? { host: postgres.host } : { component: 'postgres' };
  const hasPoolers = pgbouncer.runs || serviceReaches.has('pgbouncer');
  const isDirect = !pgbouncer.runs || serviceReaches.has('postgres');
  const edges: readonly NetworkEdge[] = [
    ...(hasPoolers ? [{ from: 'service', to: { component: 'pgbouncer' }, port: pgbouncer.port }] : []),
    ...(isDirect ? [{ from: 'service', to: database, port: postgres.port }] : []),
    { from: 'service', to: cache, port: redis.port },
    ...(spec.redis.external && serviceReaches.has('redis')
      ? [{ from: 'service', to: { component: 'redis' }, port: standardPorts.redis }]
      : []),
    ...serviceAsks(input),
    ...(hasPoolers ? [{ from: 'pgbouncer', to: database, port: postgres.port }] : []),
    { from: 'migration', to: database, port: postgres.port },
    ...backupEdges(input, database, postgres.port),
    // After a restore, cached pages of before are forgotten.
    ...(spec.postgres.backup ? [{ from: 'restore', to: cache, port: redis.port }] : []),
    ...monitoringEdges(input, monitoring, { end: database, port: postgres.port }),
  ];
  return {
    edges: unique(edges),
    clients: clients ?? 'everybody',
    scrapers,
    ...monitoringReach(monitoring),
    foreign: { ...redisOperatorPods(input), ...cloudNativePgPods(input) },
  };
};
