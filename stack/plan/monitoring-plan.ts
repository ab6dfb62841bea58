import type { RequiredKind } from './optional-kinds.ts';
import type { EnvironmentVariable, Files, Resources, SecretKey } from './stack-plan.ts';

/** A program that makes metrics of another one. */
export interface ExporterPlan {
  readonly image: string;
  readonly command: readonly string[];
  readonly port: number;
  readonly environment: readonly EnvironmentVariable[];
  readonly resources: Resources;
}

/** The exporters of a stack. */
export interface ExportersPlan {
  /** Runs beside each pooler; unset: there are none. */
  readonly pgbouncer?: ExporterPlan;
  readonly postgres: ExporterPlan;
  /** Unset: there is no Redis. */
  readonly redis?: ExporterPlan;
}

/** What a pool of targets is: pods, or a program of Docker Compose. */
export interface ScrapeTarget {
  /** What is measured, and what the job is called after. */
  readonly component: 'service' | 'pgbouncer' | 'postgres' | 'redis';
  /** The component whose pods hold the port, or the program in compose. */
  readonly from: string;
  /** Name of the port of the container. */
  readonly portName: string;
  readonly port: number;
}

/** The Prometheus that the stack runs. */
export interface ManagedPrometheusPlan {
  readonly mode: 'Managed';
  readonly image: string;
  readonly port: number;
  readonly command: readonly string[];
  readonly resources: Resources;
  readonly storage: { readonly size: string; readonly storageClassName?: string };
  /** prometheus.yml, rules.yml. */
  readonly files: Files;
  /** rules-operator.yml, for where the operator is scraped, too; unset in plans of before there was one. */
  readonly operatorFiles?: Files;
}

/** The Prometheus of the cluster, which the prometheus-operator configures. */
export interface OperatedPrometheusPlan {
  readonly mode: 'Operator';
  /** Labels by which it selects what is meant for it. */
  readonly labels: { readonly [name: string]: string };
  readonly rules: RuleGroups;
}

/** Who tells of alerts. */
export interface AlertmanagerPlan {
  readonly image: string;
  readonly port: number;
  readonly resources: Resources;
  /** Key with the whole of its configuration. */
  readonly configuration: SecretKey;
  /** start.sh */
  readonly files: Files;
}

/** Who shows dashboards, and where they find metrics. */
export interface GrafanaPlan {
  readonly mode: 'Managed' | 'Operator' | 'Sidecar';
  readonly image: string;
  readonly port: number;
  readonly command: readonly string[];
  readonly resources: Resources;
  readonly environment: readonly EnvironmentVariable[];
  /** Files that provision the datasource and the folder of dashboards. Managed only. */
  readonly files: Files;
  /** Of what the Grafana of somebody else takes up. */
  readonly labels: { readonly [name: string]: string };
  /** URL of Prometheus; unset: the Grafana of somebody else knows it. */
  readonly prometheus?: string;
  /** Where a trace is shown, with `{traceId}` in place of its id. */
  readonly traceURL?: string;
}

/** A group of a Prometheus rules file. */
export type RuleGroups = readonly object[];

/** How a stack is measured. Times in seconds. */
export interface MonitoringPlan {
  /** Secret with the passwords that the operator generates for it. */
  readonly credentialsName: string;
  readonly scrapeInterval: number;
  readonly targets: readonly ScrapeTarget[];
  /** Unset: nobody measures. */
  readonly exporters?: ExportersPlan;
  readonly prometheus?: ManagedPrometheusPlan | OperatedPrometheusPlan;
  readonly alertmanager?: AlertmanagerPlan;
  readonly grafana?: GrafanaPlan;
  /** Kinds that the cluster must serve for it. */
  readonly requires: readonly RequiredKind[];
}

/** The keys of the generated Secret. */
export const monitoringKeys = ['monitor-password', 'grafana-password'] as const;

/** Name of the generated Secret of a stack's monitoring. */
export const monitoringSecretName = (stack: string): string => `${stack}-monitoring`;

/** The role of Postgres and the user of the poolers' consoles that may read how they are, and nothing else. */
export const monitorUser = 'chatstack_monitor';

/** Connections of that role: postgres_exporter keeps one and opens another for each scrape. */
export const monitorConnections = 2;

/** Ports of what measures. */
export const monitoringPorts = {
  pgbouncerExporter: 9127,
  postgresExporter: 9187,
  redisExporter: 9121,
  prometheus: 9090,
  alertmanager: 9093,
  grafana: 3000,
} as const;
