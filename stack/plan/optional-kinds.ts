/** A kind that not every cluster serves, and whose it is. */
export interface OptionalKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** What brings it, and where that is had. */
  readonly product: string;
  readonly install: string;
}

const certManager = {
  apiVersion: 'cert-manager.io/v1',
  product: 'cert-manager',
  install: 'https://cert-manager.io/docs/installation/',
} as const;

const prometheusOperator = {
  apiVersion: 'monitoring.coreos.com/v1',
  product: 'the prometheus-operator',
  install: 'https://prometheus-operator.dev/docs/getting-started/installation/',
} as const;

const grafanaOperator = {
  apiVersion: 'grafana.integreatly.org/v1beta1',
  product: 'the grafana-operator',
  install: 'https://grafana.github.io/grafana-operator/docs/installation/',
} as const;

/** Every optional kind that a stack may be made of. */
export const optionalKinds = {
  certificate: { ...certManager, kind: 'Certificate', plural: 'certificates' },
  issuer: { ...certManager, kind: 'Issuer', plural: 'issuers' },
  cloudNativePgCluster: {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    plural: 'clusters',
    product: 'CloudNativePG',
    install: 'https://cloudnative-pg.io/documentation/current/installation_upgrade/',
  },
  redisReplication: {
    apiVersion: 'redis.redis.opstreelabs.in/v1beta2',
    kind: 'RedisReplication',
    plural: 'redisreplications',
    product: 'the redis-operator of OT-CONTAINER-KIT',
    install: 'https://redis-operator.opstree.dev/docs/installation/',
  },
  scaledObject: {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    plural: 'scaledobjects',
    product: 'KEDA',
    install: 'https://keda.sh/docs/latest/deploy/',
  },
  podMonitor: { ...prometheusOperator, kind: 'PodMonitor', plural: 'podmonitors' },
  prometheusRule: { ...prometheusOperator, kind: 'PrometheusRule', plural: 'prometheusrules' },
  grafanaDashboard: { ...grafanaOperator, kind: 'GrafanaDashboard', plural: 'grafanadashboards' },
  grafanaDatasource: { ...grafanaOperator, kind: 'GrafanaDatasource', plural: 'grafanadatasources' },
  httpRoute: {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    plural: 'httproutes',
    product: 'the Gateway API',
    install: 'https://gateway-api.sigs.k8s.io/guides/',
  },
} as const satisfies { readonly [name: string]: OptionalKind };

/** Name of a kind's CustomResourceDefinition, such as `clusters.postgresql.cnpg.io`. */
export const definitionName = ({ apiVersion, plural }: Pick<OptionalKind, 'apiVersion' | 'plural'>): string =>
  `${plural}.${apiVersion.slice(0, apiVersion.indexOf('/'))}`;

/** That a stack needs an optional kind, and which field of the spec wants it. */
export interface RequiredKind {
  /** Such as `spec.postgres.mode`. */
  readonly field: string;
  readonly kind: OptionalKind;
}
