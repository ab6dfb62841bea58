import type { Fault } from '../api/fault.ts';
import { buildPrometheusYml, prometheusFolder, writeYaml } from '../config/prometheus-yml.ts';
import { buildStartAlertmanager } from '../config/start-alertmanager.ts';
import { parseDuration } from '../quantity/duration.ts';
import { formatQuantity, quantity, toBytes } from '../quantity/quantity.ts';
import type { PostgresUse } from './budget.ts';
import type { Decision } from './decision.ts';
import { monitoringImages } from './images.ts';
import { isMeasured } from './measured.ts';
import {
  type AlertmanagerPlan,
  type ManagedPrometheusPlan,
  type MonitoringPlan,
  monitoringPorts,
  monitoringSecretName,
  type RuleGroups,
  type ScrapeTarget,
} from './monitoring-plan.ts';
import { optionalKinds, type RequiredKind } from './optional-kinds.ts';
import { planOperatorRules, planRules } from './plan-alerts.ts';
import { planExporters } from './plan-exporters.ts';
import { kindsOfGrafana, planGrafana } from './plan-grafana.ts';
import type { PlanInput } from './plan-input.ts';
import type { TlsPlan } from './plan-tls.ts';
import { buildResources, formatResources } from './resources.ts';
import { sizes } from './sizes.ts';
import type { PoolSizes, PostgresPlan } from './stack-plan.ts';
import { hasTraces } from './traces.ts';

/** What monitoring is planned from beside the spec. */
export interface Measured {
  readonly postgres: PostgresPlan;
  readonly pool: PoolSizes;
  readonly use: PostgresUse;
  readonly tls: TlsPlan | undefined;
}

interface PlannedMonitoring {
  readonly plan: MonitoringPlan | undefined;
  readonly decisions: readonly Decision[];
  readonly faults: readonly Fault[];
}

/** Folder of Prometheus' samples. */
export const samplesFolder = '/prometheus';

/** Folders of Alertmanager: its configuration, and what it remembers. */
export const alertmanagerFolders = {
  scripts: '/etc/chatstack',
  configuration: '/etc/alertmanager',
  data: '/alertmanager',
};

/** Part of the volume that blocks of samples may fill; the rest is for the log of the newest. */
const samplesShare = 0.8;

const durationOf = (text: string): number => {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new RangeError(`expected a duration such as 15s, found "${text}"`);
  return seconds;
};

/** Where a program of the stack's monitoring is reached. */
const hostOf = ({ name, placement }: PlanInput, program: string): string =>
  placement.kind === 'kubernetes' ? `${name}-${program}` : program;

const planTargets = ({ placement }: PlanInput): readonly ScrapeTarget[] => {
  const isPods = placement.kind === 'kubernetes';
  const exporters = (program: string) => (isPods ? 'exporters' : `${program}-exporter`);
  return [
    { component: 'service', from: 'service', portName: 'metrics', port: placement.service.metricsPort },
    ...(placement.pgbouncer.runs
      ? [
          {
            component: 'pgbouncer',
            from: isPods ? 'pgbouncer' : 'pgbouncer-exporter',
            portName: 'metrics',
            port: monitoringPorts.pgbouncerExporter,
          } as const,
        ]
      : []),
    {
      component: 'postgres',
      from: exporters('postgres'),
      portName: 'postgres',
      port: monitoringPorts.postgresExporter,
    },
    ...(placement.redis.runs
      ? [
          {
            component: 'redis',
            from: exporters('redis'),
            portName: 'redis',
            port: monitoringPorts.redisExporter,
          } as const,
        ]
      : []),
  ];
};

/** Prometheus counts in powers of two whatever it calls them. */
const samplesSize = (size: string): string => `${Math.floor((toBytes(quantity(size)) * samplesShare) / 1024 ** 2)}MB`;

const planPrometheus = (
  input: PlanInput,
  targets: readonly ScrapeTarget[],
  rules: RuleGroups,
  alertmanager: AlertmanagerPlan | undefined,
): ManagedPrometheusPlan => {
  const { spec, name, namespace = 'default', placement } = input;
  const asked = spec.monitoring.prometheus;
  const { size, storageClassName } = asked.storage;
  const retention = durationOf(asked.retention);
  return {
    mode: 'Managed',
    image: asked.image ?? monitoringImages.prometheus,
    port: monitoringPorts.prometheus,
    command: [
      '/bin/prometheus',
      `--config.file=${prometheusFolder}/prometheus.yml`,
      `--web.listen-address=:${monitoringPorts.prometheus}`,
      `--storage.tsdb.path=${samplesFolder}`,
      `--storage.tsdb.retention.time=${retention}s`,
      `--storage.tsdb.retention.size=${samplesSize(size)}`,
      // A changed ConfigMap comes into force without anybody asking for it. Exemplars lead from a chart to traces, and cost memory.
      `--enable-feature=${['auto-reload-config', ...(hasTraces(input) ? ['exemplar-storage'] : [])].join(',')}`,
      '--config.auto-reload-interval=15s',
    ],
    resources: buildResources(sizes[spec.size].prometheus, asked.resources),
    storage: {
      size: formatQuantity(quantity(size)),
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
    files: {
      'prometheus.yml': buildPrometheusYml({
        stack: name,
        namespace,
        scrapeInterval: durationOf(asked.scrapeInterval),
        targets,
        finds: placement.kind === 'kubernetes' ? 'pods' : 'programs',
        alertmanagers: alertmanager === undefined ? [] : [`${hostOf(input, 'alertmanager')}:${alertmanager.port}`],
      }),
      'rules.yml': writeYaml({ groups: rules }),
    },
    operatorFiles: { 'rules-operator.yml': writeYaml({ groups: planOperatorRules(input) }) },
  };
};

const planAlertmanager = ({ spec, placement }: PlanInput): AlertmanagerPlan | undefined => {
  const { enabled, image, configSecretRef, resources } = spec.monitoring.alertmanager;
  if (!enabled || configSecretRef === undefined || placement.kind !== 'kubernetes') return undefined;
  const port = monitoringPorts.alertmanager;
  return {
    image: image ?? monitoringImages.alertmanager,
    port,
    resources: buildResources(sizes[spec.size].alertmanager, resources),
    configuration: configSecretRef,
    files: {
      'start.sh': buildStartAlertmanager({
        configFile: `${alertmanagerFolders.configuration}/alertmanager.yml`,
        dataFolder: alertmanagerFolders.data,
        port,
      }),
    },
  };
};

const decide = ({ spec }: PlanInput, prometheus: ManagedPrometheusPlan): readonly Decision[] => [
  {
    field: 'monitoring.prometheus.resources',
    value: formatResources(prometheus.resources),
    reason: 'what Prometheus is given; its memory follows the number of series',
    source: spec.monitoring.prometheus.resources ? `spec over row ${spec.size}` : `table of sizes, row ${spec.size}`,
  },
  {
    field: 'monitoring.prometheus.storage.size',
    value: prometheus.storage.size,
    reason: `samples are kept for ${spec.monitoring.prometheus.retention}, fewer when ${samplesShare * 100} % of the volume are full`,
    source: 'spec, or the same for every size',
  },
];

const misplacedLogin = ({ spec }: PlanInput): readonly Fault[] => {
  const login = spec.monitoring.exporters.postgresSecretRef;
  return login === undefined || spec.postgres.mode !== 'Managed'
    ? []
    : [
        {
          path: 'spec.monitoring.exporters.postgresSecretRef',
          expected: 'no such field with a managed Postgres, whose exporter has a login of its own',
          found: login.name,
          remedy: 'remove it',
        },
      ];
};

interface Sources {
  readonly plan: Pick<MonitoringPlan, 'exporters' | 'prometheus' | 'alertmanager' | 'targets'>;
  readonly requires: readonly RequiredKind[];
  readonly decisions: readonly Decision[];
}

/** Exporters and whoever reads them; of compose and a cluster the own Prometheus or that of the prometheus-operator. */
const planSources = (input: PlanInput, { postgres, pool, use, tls }: Measured, scrapeInterval: number): Sources => {
  if (!isMeasured(input)) return { plan: { targets: [] }, requires: [], decisions: [] };
  const { spec, placement } = input;
  const targets = planTargets(input);
  const rules = planRules(input, { pool, use, tls, scrapeInterval });
  const measured = { targets, exporters: planExporters(input, postgres, tls) };
  if (spec.monitoring.prometheus.mode === 'Operator' && placement.kind === 'kubernetes') {
    const { labels = {} } = spec.monitoring.prometheus;
    const field = 'spec.monitoring.prometheus.mode';
    return {
      plan: { ...measured, prometheus: { mode: 'Operator', labels, rules } },
      requires: [
        { field, kind: optionalKinds.podMonitor },
        { field, kind: optionalKinds.prometheusRule },
      ],
      decisions: [],
    };
  }
  const alertmanager = planAlertmanager(input);
  const prometheus = planPrometheus(input, targets, rules, alertmanager);
  return {
    plan: { ...measured, prometheus, ...(alertmanager === undefined ? {} : { alertmanager }) },
    requires: [],
    decisions: decide(input, prometheus),
  };
};

/** Plans what measures a stack, and tells and shows what was measured; undefined where nobody wants any of it. */
export const planMonitoring = (input: PlanInput, measured: Measured): PlannedMonitoring => {
  const faults = misplacedLogin(input);
  const scrapeInterval = durationOf(input.spec.monitoring.prometheus.scrapeInterval);
  const { plan, requires, decisions } = planSources(input, measured, scrapeInterval);
  const host =
    input.placement.kind === 'kubernetes'
      ? `${hostOf(input, 'prometheus')}.${input.namespace ?? 'default'}.svc`
      : 'prometheus';
  const url = plan.prometheus?.mode === 'Managed' ? `http://${host}:${plan.prometheus.port}` : undefined;
  const grafana = planGrafana(input, { prometheus: url, scrapeInterval });
  if (plan.exporters === undefined && grafana === undefined) return { plan: undefined, decisions: [], faults };
  return {
    plan: {
      credentialsName: monitoringSecretName(input.name),
      scrapeInterval,
      ...plan,
      ...(grafana === undefined ? {} : { grafana }),
      requires: [...requires, ...kindsOfGrafana(grafana)],
    },
    decisions,
    faults,
  };
};
