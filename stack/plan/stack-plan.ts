import type { ChatStackSpec, Size } from '../api/chat-stack.ts';
import type { BackupPlan } from './backup-plan.ts';
import type { Decision } from './decision.ts';
import type { MonitoringPlan } from './monitoring-plan.ts';
import type { NetworkPlan } from './network-plan.ts';
import type { RequiredKind } from './optional-kinds.ts';
import type { Placement } from './placement.ts';
import type { ExternalAuthority, TlsPlan } from './plan-tls.ts';

/** Requests and limits of one container, in canonical Kubernetes quantities; a limit of CPU only where the spec sets one. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu?: string; readonly memory: string };
}

/** A variable of a process: a value, or a reference to a secret that only the place of running knows. */
export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  /** `optional`: the variable is unset where the Secret lacks the key. */
  | { readonly name: string; readonly secret: SecretKey; readonly optional?: true };

/** One key of one Secret. */
export interface SecretKey {
  /** Name of the Secret: `<stack>-credentials`, or one that the author gave for an external Postgres or a variable. */
  readonly name: string;
  readonly key: string;
}

/** The keys of `<stack>-credentials`. */
export const credentialKeys = [
  'postgres-password',
  'service-password',
  'pgbouncer-password',
  'pgbouncer-admin-password',
  'redis-password',
] as const;

/**
 * Keys that it has besides, once its passwords have been rotated: which of two logins has its turn (`*-user`), and, while a rotation goes
 * on, the other password that is valid.
 */
export const rotationKeys = [
  'service-user',
  'pgbouncer-user',
  'other-postgres-password',
  'other-service-password',
  'other-pgbouncer-password',
  'other-pgbouncer-admin-password',
  'other-redis-password',
] as const;

/** One key of `<stack>-credentials`. */
export type CredentialKey = (typeof credentialKeys)[number] | (typeof rotationKeys)[number];

/** A Secret of the author that processes of the service cannot do without: its change starts them again. */
export interface ReferencedSecret {
  /** The field of the spec that names it. */
  readonly field: string;
  readonly name: string;
  readonly keys: readonly string[];
  /** Keys that it may have besides. */
  readonly optionalKeys?: readonly string[];
  /** How long each must be at least. */
  readonly leastBytes?: number;
}

/** A text file: name within its program's configuration folder → text. Always holds `start.sh` where the program is started by one. */
export type Files = { readonly [name: string]: string };

/** The Postgres that the stack runs. */
export interface ManagedPostgresPlan {
  readonly mode: 'Managed';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly image: string;
  readonly resources: Resources;
  readonly storage: { readonly size: string; readonly storageClassName?: string };
  readonly dataFolder: string;
  /** postgresql.conf, pg_hba.conf, start.sh. */
  readonly files: Files;
  /** Name → value of postgresql.conf, the author's parameters included. */
  readonly parameters: { readonly [name: string]: string };
  /** Passwords for its start script. */
  readonly environment: readonly EnvironmentVariable[];
  /** Hash of what only a restart brings into force. */
  readonly restartHash: string;
}

/** A Postgres that somebody else runs. */
export interface ExternalPostgresPlan {
  readonly mode: 'External';
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** The author's Secret, keys `username` and `password`. */
  readonly secretName: string;
}

/** A Cluster of CloudNativePG. */
export interface CloudNativePgPlan {
  readonly mode: 'CloudNativePG';
  /** Name of the Cluster. */
  readonly cluster: string;
  /** The Service of the instance that takes writes. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** The role that owns the database, whose login CloudNativePG keeps in the Secret. */
  readonly owner: string;
  /** The Secret that CloudNativePG makes, keys `username` and `password`. */
  readonly secretName: string;
  readonly image: string;
  readonly instances: number;
  /** Of each instance. */
  readonly resources: Resources;
  readonly storage: { readonly size: string; readonly storageClassName?: string };
  /** Name → value, the author's parameters included. */
  readonly parameters: { readonly [name: string]: string };
}

/** Where the database of a stack is, and who runs it. */
export type PostgresPlan = ManagedPostgresPlan | CloudNativePgPlan | ExternalPostgresPlan;

/** The pooler. */
export interface PgbouncerPlan {
  readonly image: string;
  readonly replicas: number;
  readonly resources: Resources;
  /** pgbouncer.ini, start.sh. */
  readonly files: Files;
  /**
   * Settings that RELOAD brings into force, as SHOW CONFIG of the admin console shows them. A running pooler is up to date when
   * it shows these.
   */
  readonly reloadSettings: { readonly [name: string]: string };
  /** Hash of what only a restart brings into force: start script and the settings that RELOAD leaves alone. */
  readonly restartHash: string;
  /** Hash of the whole pgbouncer.ini: changes with anything in it. */
  readonly configHash: string;
  /** Passwords for its start script. */
  readonly environment: readonly EnvironmentVariable[];
  /** User of the admin console and the key of its password. */
  readonly admin: { readonly user: 'chatstack_admin'; readonly password: SecretKey };
  /** Open files one process may need: clients, servers and a few of its own. Its limit of open files must not be below. */
  readonly fileDescriptors: number;
}

/** The cache that the stack runs. */
export interface ManagedRedisPlan {
  readonly mode: 'Managed';
  readonly image: string;
  readonly resources: Resources;
  /** redis.conf, start.sh. */
  readonly files: Files;
  readonly environment: readonly EnvironmentVariable[];
  readonly restartHash: string;
}

/** The cache that the redis-operator of OT-CONTAINER-KIT runs. */
export interface OpstreeRedisPlan {
  readonly mode: 'Opstree';
  readonly image: string;
  /** One takes writes, the others follow it. */
  readonly instances: number;
  readonly resources: Resources;
  /** What its redis.conf includes. */
  readonly files: Files;
  readonly password: SecretKey;
}

/** A cache that somebody else runs. */
export interface ExternalRedisPlan {
  readonly mode: 'External';
  /** None: nothing of it is configured here. */
  readonly files: Files;
  readonly host: string;
  readonly port: number;
}

/** The cache. */
export type RedisPlan = ManagedRedisPlan | OpstreeRedisPlan | ExternalRedisPlan;

/** How the number of processes follows the load. */
export interface ScalingPlan {
  readonly engine: 'HorizontalPodAutoscaler' | 'KEDA';
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Percent of the requested CPU. */
  readonly targetCPUUtilization: number;
  /** Open WebSockets of one process, as a Prometheus knows them. */
  readonly connections?: { readonly prometheus: string; readonly perReplica: number } | undefined;
}

/** The chat service. */
export interface ServicePlan {
  readonly image: string;
  /** Processes; with `scaling` the most there may be. */
  readonly replicas: number;
  /** Undefined: there are always as many. */
  readonly scaling: ScalingPlan | undefined;
  /** The components that its processes open connections to. */
  readonly reaches: readonly string[];
  /** How it is reached from outside of the cluster. */
  readonly ingress: ChatStackSpec['service']['ingress'];
  readonly httpRoute: ChatStackSpec['service']['httpRoute'];
  readonly resources: Resources;
  readonly environment: readonly EnvironmentVariable[];
  readonly command: readonly string[];
  /** Seconds from the stop signal to the kill: the announced delay, the grace for requests under way, and a reserve. */
  readonly terminationGraceSeconds: number;
}

/** The migration: one run to completion before the service starts or rolls. */
export interface MigrationPlan {
  readonly image: string;
  readonly resources: Resources;
  readonly environment: readonly EnvironmentVariable[];
  readonly command: readonly string[];
}

/** Sizes of the pool of one pooler, and of the pool one service process keeps to the poolers. Connections. */
export interface PoolSizes {
  readonly size: number;
  readonly reserve: number;
  readonly min: number;
  readonly perService: number;
}

/** One summand of a connection budget. */
export interface BudgetLine {
  readonly name: string;
  readonly connections: number;
  readonly reason: string;
}

/** A sum of connections against its limit. */
export interface Budget {
  /** What the sum must not exceed. */
  readonly limit: number;
  /** What the limit is, for example `max_connections of Postgres`. */
  readonly limitReason: string;
  readonly lines: readonly BudgetLine[];
  readonly total: number;
  /** limit − total; negative when it does not fit. */
  readonly headroom: number;
}

/** Both layers: connections to Postgres, and connections to the poolers. */
export interface Budgets {
  readonly postgres: Budget;
  readonly clients: Budget;
}

/** Everything a ChatStack becomes, decided once; renderers add nothing of their own but form. */
export interface StackPlan {
  readonly name: string;
  readonly namespace: string;
  readonly size: Size;
  readonly deletionPolicy: 'Retain' | 'Delete';
  readonly placement: Placement;
  /** Name of the Secret with the passwords the operator generates. */
  readonly credentialsName: string;
  /** How often they are rotated, in seconds; unset: only when somebody asks. */
  readonly rotateEvery?: number;
  readonly postgres: PostgresPlan;
  readonly pgbouncer: PgbouncerPlan;
  readonly redis: RedisPlan;
  readonly service: ServicePlan;
  readonly migration: MigrationPlan;
  /** Unset: no backups are asked for, or this is no place for them. */
  readonly backup?: BackupPlan;
  /** Unset: nobody measures the stack, or it was planned by a version that could not. */
  readonly monitoring?: MonitoringPlan;
  /** Unset: the components do not encrypt. */
  readonly tls?: TlsPlan;
  /** Authorities of external servers that clients of them check against. */
  readonly externalAuthorities: readonly ExternalAuthority[];
  readonly pool: PoolSizes;
  readonly budgets: Budgets;
  readonly secrets: readonly ReferencedSecret[];
  /** Who may talk to whom; undefined: no policies say so. */
  readonly network: NetworkPlan | undefined;
  /** Kinds that the cluster must serve before anything of the stack is applied. */
  readonly requires: readonly RequiredKind[];
  readonly decisions: readonly Decision[];
}
