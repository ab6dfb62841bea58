import { z } from 'zod';
import {
  bytesField,
  celRules,
  countField,
  durationField,
  imageField,
  objectNameField,
  resourcesField,
  secretKeyField,
} from '../fields.ts';
import { defaultMetricsSize, metricsVolumeRules, monitoringRules } from '../rules.ts';

const labelsField = () => z.record(z.string().max(317), z.string().max(63));

const prometheus = z.strictObject({
  mode: z
    .enum(['Managed', 'Operator', 'None'])
    .default('Managed')
    .describe(
      'Managed: the stack runs one Prometheus with a volume. Operator: the prometheus-operator of the cluster is told what to scrape and which alerts there are. None: nothing is measured but by the service itself.',
    ),
  image: imageField()
    .optional()
    .describe('Image of Prometheus 3.5 or newer. Unset: the one this version of ChatStack was tested with.'),
  retention: durationField(3600, 31_536_000)
    .default('360h')
    .describe('How long samples are kept. Managed only. Less where the volume is full: four fifths of it are used.'),
  storage: z
    .strictObject({
      size: bytesField('1Gi', '64Ti')
        .default(defaultMetricsSize)
        .describe('Size of the volume. It may grow, never shrink.'),
      storageClassName: objectNameField()
        .optional()
        .describe("StorageClass of the volume. Unset: the cluster's default."),
    })
    .meta(celRules(...metricsVolumeRules))
    .prefault({})
    .describe('The volume of samples. Managed only. It outlives the stack as that of Postgres does.'),
  scrapeInterval: durationField(5, 300).default('15s').describe('How often metrics are read.'),
  resources: resourcesField()
    .optional()
    .describe('Requests and limits of Prometheus. Unset parts: by `size`. Managed only.'),
  labels: labelsField().optional().meta({
    description:
      'Labels of the PodMonitors and rules, by which the Prometheus of the cluster selects them, such as `release: prometheus`. Operator only.',
    maxProperties: 16,
  }),
});

const exporters = z.strictObject({
  postgresImage: imageField().optional().describe('Image of postgres_exporter.'),
  redisImage: imageField().optional().describe('Image of redis_exporter.'),
  pgbouncerImage: imageField().optional().describe('Image of pgbouncer_exporter 0.11 or newer; it needs `sh`.'),
  postgresSecretRef: z
    .strictObject({ name: objectNameField().describe('Name of the Secret.') })
    .optional()
    .describe(
      "Secret with the keys `username` and `password`: a login for the exporter that is a member of `pg_monitor`. Unset: the stack's own login, which sees less. Not with a managed Postgres, whose exporter has a login already.",
    ),
});

const alertmanager = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'Whether the stack runs an Alertmanager that its Prometheus sends alerts to. prometheus.mode Managed only.',
    ),
  image: imageField().optional().describe('Image of Alertmanager.'),
  configSecretRef: secretKeyField()
    .optional()
    .describe('Key of a Secret that holds a whole `alertmanager.yml`. Required where enabled.'),
  resources: resourcesField().optional().describe('Requests and limits of Alertmanager.'),
});

const grafana = z.strictObject({
  mode: z
    .enum(['Managed', 'Operator', 'Sidecar', 'None'])
    .optional()
    .describe(
      'Managed: the stack runs a Grafana with its dashboards. Operator: the grafana-operator brings them into its Grafana. Sidecar: ConfigMaps that a Grafana with the usual sidecar takes up. Unset: Managed where Prometheus is, otherwise None.',
    ),
  image: imageField().optional().describe('Image of Grafana 11 or newer.'),
  resources: resourcesField().optional().describe('Requests and limits of Grafana. Managed only.'),
  anonymous: z
    .boolean()
    .default(false)
    .describe('Whether everybody who reaches it may look at the dashboards without a login. Managed only.'),
  prometheusURL: z
    .url({ protocol: /^https?$/, error: 'a URL such as http://prometheus.monitoring.svc:9090' })
    .max(512)
    .optional()
    .describe("Where Grafana finds the stack's metrics. Unset: at the Prometheus that the stack runs."),
  traceURL: z
    .string()
    .max(512)
    .regex(/^https?:\/\/[^\s$]*\{traceId\}[^\s$]*$/, {
      error: 'a URL with {traceId} in it, such as https://jaeger.example.com/trace/{traceId}',
    })
    .optional()
    .describe(
      'Where a trace is shown, with `{traceId}` in place of its id: points of single requests lead there, where the service sends traces. Managed and Operator only.',
    ),
  labels: labelsField().optional().meta({
    description:
      'Sidecar: labels of the ConfigMaps; unset: `grafana_dashboard: "1"`. Operator: labels of the Grafana to bring them into; unset: `dashboards: grafana`.',
    maxProperties: 16,
  }),
});

const thresholds = z.strictObject({
  queueWaitMilliseconds: countField(10, 60_000).optional().describe('Wait of a client for a connection. Unset: 500.'),
  poolUsePercent: countField(10, 100).optional().describe('Connections of a pooler in use, critical. Unset: 90.'),
  connectionUsePercent: countField(10, 100).optional().describe('Connections of Postgres in use, critical. Unset: 95.'),
  transactionSeconds: countField(1, 86_400).optional().describe('Age of the oldest transaction. Unset: 300.'),
  cacheHitPercent: countField(1, 100).optional().describe('Reads of history that a cache answers. Unset: 60.'),
  redisMemoryPercent: countField(10, 100).optional().describe('Memory of Redis in use. Unset: 90.'),
});

const alerts = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether there are alert rules. Recording rules are there in any case.'),
  thresholds: thresholds.prefault({}).describe('Where alerts begin. Unset ones: see docs/runbooks.'),
  runbookURL: z
    .url({ protocol: /^https?$/, error: 'a URL such as https://wiki.example.com/runbooks' })
    .max(512)
    .optional()
    .describe('Folder of the runbooks that alerts link to. Unset: that of the project.'),
});

/** The fields of spec.monitoring. */
export const monitoringField = z
  .strictObject({
    prometheus: prometheus.prefault({}).describe('Who reads and keeps metrics.'),
    exporters: exporters.prefault({}).describe('What makes metrics of Postgres, PgBouncer and Redis.'),
    alerts: alerts.prefault({}).describe('Alert rules.'),
    alertmanager: alertmanager.prefault({}).describe('Who tells of alerts.'),
    grafana: grafana.prefault({}).describe('Who shows dashboards.'),
  })
  .check((context) => {
    const { prometheus: source, alertmanager: receiver, grafana: shown } = context.value;
    const refuse = (path: readonly string[], message: string) =>
      context.issues.push({ code: 'custom', input: undefined, path: [...path], message });
    if (receiver.enabled && receiver.configSecretRef === undefined)
      refuse(['alertmanager', 'configSecretRef'], 'the key of a Secret with an alertmanager.yml (enabled is true)');
    if (receiver.enabled && source.mode !== 'Managed')
      refuse(['alertmanager', 'enabled'], `false with prometheus.mode ${source.mode}, whose alerts go elsewhere`);
    if (
      (shown.mode === 'Managed' || shown.mode === 'Operator') &&
      source.mode !== 'Managed' &&
      shown.prometheusURL === undefined
    )
      refuse(['grafana', 'prometheusURL'], `where the metrics are (prometheus.mode is ${source.mode})`);
  })
  .meta(celRules(...monitoringRules));
