import type { OperatorMetrics } from '../../config/prometheus-yml.ts';

/** A Kubernetes object as it is applied: plain data, nothing the API server would fill in by itself. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: { readonly [name: string]: string };
    readonly annotations?: { readonly [name: string]: string };
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly [field: string]: unknown;
}

/** A reference to the ChatStack an object goes away with. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
  readonly blockOwnerDeletion: true;
}

/** A dashboard of Grafana. */
export interface Dashboard {
  readonly json: string;
  /** The same, packed by gzip, in base64. */
  readonly packed: string;
}

/** The dashboards that there are: name of the file, such as `overview.json` → the dashboard. */
export type Dashboards = { readonly [file: string]: Dashboard };

/** Where the operator's own pods are. */
export interface OperatorPods {
  readonly namespace: string;
  readonly podLabels: { readonly [name: string]: string };
  /** Where their metrics are; unset: a stack's Prometheus does not read them. */
  readonly metrics?: OperatorMetrics;
}

/** What rendering needs beyond the plan. */
export interface RenderOptions {
  readonly namespace: string;
  /** uid of the ChatStack; unset when the objects are only shown, not applied. */
  readonly owner?: { readonly uid: string };
  /** The operator's pods; unset when it runs outside of the cluster. */
  readonly operator?: OperatorPods;
  /** Pods of the service run `node --watch` on a writable file system (for `skaffold dev`). */
  readonly development?: boolean;
  /** Another one for other passwords: it rolls every pod that reads them, and has a failed migration tried again. */
  readonly credentialsRevision: string;
  /**
   * Instead of it, for Postgres and Redis: what they carried before a rotation, which gave the running servers the passwords that others
   * start with. Unset: the same.
   */
  readonly serversRevision?: string;
  /** Another one for other contents of the Secrets that only the service reads; unset where it reads none. */
  readonly serviceRevision?: string;
  /** Another one for other passwords of those that measure; unset where nobody does. */
  readonly monitoringRevision?: string;
  /** Unset: none are at hand. */
  readonly dashboards?: Dashboards;
}

/** The objects of a stack, by when they are applied; a later group may wait for the earlier ones. */
export interface KubernetesObjects {
  /** NetworkPolicies: they are there before what they protect. */
  readonly policies: readonly Manifest[];
  /** Issuers and Certificates of cert-manager. */
  readonly certificates: readonly Manifest[];
  /** ConfigMaps. */
  readonly configuration: readonly Manifest[];
  /** Postgres, PgBouncer and Redis. */
  readonly data: readonly Manifest[];
  /** Exporters, Prometheus, Alertmanager and Grafana. */
  readonly monitoring: readonly Manifest[];
  /** The Job that migrates the database. */
  readonly migration: Manifest;
  /** The chat service, and how it is scaled and reached from outside. */
  readonly service: readonly Manifest[];
  /** The CronJob of backups, with their volume. */
  readonly backup: readonly Manifest[];
}

/** All of them, in the order in which they are applied. */
export const listObjects = (objects: KubernetesObjects): readonly Manifest[] => [
  ...objects.policies,
  ...objects.certificates,
  ...objects.configuration,
  ...objects.data,
  ...objects.monitoring,
  objects.migration,
  ...objects.service,
  ...objects.backup,
];
