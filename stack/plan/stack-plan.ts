import type { Size } from '../api/chat-stack.ts';
import type { Decision } from './decision.ts';
import type { Placement } from './placement.ts';

/** Requests and limits of one container, in canonical Kubernetes quantities; a limit of CPU only where the spec sets one. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu?: string; readonly memory: string };
}

/** A variable of a process: a value, or a reference to a secret that only the place of running knows. */
export type EnvironmentVariable =
  | { readonly name: string; readonly value: string }
  | { readonly name: string; readonly secret: SecretKey };

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

/** One key of `<stack>-credentials`. */
export type CredentialKey = (typeof credentialKeys)[number];

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

/** The cache. */
export interface RedisPlan {
  readonly image: string;
  readonly resources: Resources;
  /** redis.conf, start.sh. */
  readonly files: Files;
  readonly environment: readonly EnvironmentVariable[];
  readonly restartHash: string;
}

/** The chat service. */
export interface ServicePlan {
  readonly image: string;
  readonly replicas: number;
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
  readonly postgres: ManagedPostgresPlan | ExternalPostgresPlan;
  readonly pgbouncer: PgbouncerPlan;
  readonly redis: RedisPlan;
  readonly service: ServicePlan;
  readonly migration: MigrationPlan;
  readonly pool: PoolSizes;
  readonly budgets: Budgets;
  readonly decisions: readonly Decision[];
}
