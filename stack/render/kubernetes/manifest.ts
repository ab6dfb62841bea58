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

/** What rendering needs beyond the plan. */
export interface RenderOptions {
  readonly namespace: string;
  /** uid of the ChatStack; unset when the objects are only shown, not applied. */
  readonly owner?: { readonly uid: string };
  /** Pods of the service run `node --watch` on a writable file system (for `skaffold dev`). */
  readonly development?: boolean;
  /** Another one for other passwords: it rolls every pod that reads them, and has a failed migration tried again. */
  readonly credentialsRevision: string;
}

/** The objects of a stack in the order in which they are applied; a later group waits for the earlier ones. */
export interface KubernetesObjects {
  /** ConfigMaps. */
  readonly configuration: readonly Manifest[];
  /** Postgres, PgBouncer and Redis. */
  readonly data: readonly Manifest[];
  /** The Job that migrates the database. */
  readonly migration: Manifest;
  /** The chat service. */
  readonly service: readonly Manifest[];
}
