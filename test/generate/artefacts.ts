import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  buildOperatorRuleGroups,
  buildRuleGroups,
  listAlerts,
  type RuleGroup,
} from '@chatstack/dashboards/alerts/build-rules.ts';
import { buildOperatorAlerts } from '@chatstack/dashboards/alerts/operator.ts';
import { buildRunbookIndex } from '@chatstack/dashboards/alerts/runbook-index.ts';
import { allSheets, fileNameOf } from '@chatstack/dashboards/grafana/all-sheets.ts';
import { buildDashboard } from '@chatstack/dashboards/grafana/build-dashboard.ts';
import { goldenInputs, operatorInput, usualInput } from '@chatstack/dashboards/testing/alerts/inputs.ts';
import { listReportFiles } from '@chatstack/load/report/report-files.ts';
import { readRun } from '@chatstack/load/results/run-file.ts';
import { makeRun } from '@chatstack/load/testing/synthetic-run.ts';
import { describeApi } from '@chatstack/service/http/openapi/describe-api.ts';
import { buildCustomResourceDefinition } from '@chatstack/stack/api/crd.ts';
import { buildReferencePage } from '@chatstack/stack/api/reference.ts';
import { explainPlan } from '@chatstack/stack/plan/explain.ts';
import { runbookBase } from '@chatstack/stack/plan/plan-alerts.ts';
import type { Files } from '@chatstack/stack/plan/stack-plan.ts';
import { renderCompose } from '@chatstack/stack/render/compose.ts';
import { listObjects } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { Document, stringify } from 'yaml';
import { allAlarms } from '../alarms/catalogue/all-alarms.ts';
import { buildAlarmsPage } from '../alarms/report/page.ts';
import type { AlarmReport } from '../alarms/report/report.ts';
import { allFaults } from '../faults/catalogue/all-faults.ts';
import { buildFailoverPage } from '../faults/report/page.ts';
import type { Report } from '../faults/report/report.ts';
import { writeClientTypes } from './client-types.ts';
import { buildCommandLinePage } from './command-line-page.ts';
import { planForCompose, planForKubernetes } from './example-plans.ts';
import { buildMetricsPage } from './metrics-page.ts';
import { buildOperatorMetricsPage } from './operator-metrics-page.ts';

/** A file of the repository that is made from others. */
export interface Artefact {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly text: () => string | Promise<string>;
}

/** The examples whose complete rendering is kept under stack/golden. */
const goldenCases = ['empty', 'large', 'external', 'backup', 'operators'] as const;

const yamlForm = { lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false } as const;

const writeManifests = (objects: readonly unknown[]): string =>
  objects.map((object) => new Document(object, { aliasDuplicateObjects: false }).toString(yamlForm)).join('---\n');

const renderGolden = (example: string): Files => {
  const plan = planForKubernetes(example);
  const objects = renderKubernetes(plan, {
    namespace: plan.namespace,
    owner: { uid: '00000000-0000-4000-8000-000000000001' },
    operator: {
      namespace: 'chatstack-system',
      podLabels: { 'app.kubernetes.io/name': 'chatstack-operator' },
      metrics: { host: 'chatstack-operator-pods.chatstack-system.svc', port: 9464 },
    },
    // The real ones are looked at in dashboards/generated.
    dashboards: { 'overview.json': { json: '{"title":"Overview"}', packed: 'cGFja2Vk' } },
    credentialsRevision: '00000000-0000-4000-8000-000000000002',
    monitoringRevision: '00000000-0000-4000-8000-000000000003',
  });
  const postgres = plan.postgres.mode === 'Managed' ? plan.postgres.files : {};
  return {
    'plan.txt': explainPlan(plan),
    'kubernetes.yaml': writeManifests(listObjects(objects).filter((object) => object.kind !== 'ConfigMap')),
    'config-maps.yaml': writeManifests(listObjects(objects).filter(({ kind }) => kind === 'ConfigMap')),
    ...postgres,
    ...plan.pgbouncer.files,
    ...plan.redis.files,
  };
};

/** The configuration files worth reading by themselves; start scripts are in the ConfigMaps. */
const goldenFiles = (example: string): readonly string[] => [
  'plan.txt',
  'kubernetes.yaml',
  'config-maps.yaml',
  'pgbouncer.ini',
  'redis.conf',
  ...(example === 'external' ? [] : ['postgresql.conf', 'pg_hba.conf']),
];

const buildGoldens = (example: string): readonly Artefact[] =>
  goldenFiles(example).map((file) => ({
    path: `stack/golden/${example}/${file}`,
    text: () => {
      const text = renderGolden(example)[file];
      if (text === undefined)
        throw new Error(`expected the rendering of ${example} to hold ${file}, found no such file`);
      return text;
    },
  }));

const writeRules = (groups: readonly RuleGroup[]): string =>
  `# Made by \`make generate\` from dashboards/alerts; edits are lost.\n${stringify({ groups }, yamlForm)}`;

/** Rules as they are for a few stacks, and on the operator. */
const rules: readonly Artefact[] = [
  ...Object.entries(goldenInputs).map(([name, input]) => ({
    path: `dashboards/generated/rules-${name}.yml`,
    text: () => writeRules(buildRuleGroups(input)),
  })),
  {
    path: 'dashboards/generated/rules-operator.yml',
    text: () => writeRules(buildOperatorRuleGroups(operatorInput)),
  },
  {
    path: 'charts/chatstack-operator/files/operator-rules.yaml',
    text: () => writeRules(buildOperatorRuleGroups({ links: { runbookBase } })),
  },
];

/** The runs that a page of docs shows. */
const readRuns = async <Shown>(file: string): Promise<Shown> =>
  JSON.parse(await readFile(new URL(`../../docs/${file}`, import.meta.url), 'utf8')) as Shown;

/** Every alert by its name. */
const alertNames = (): readonly string[] => [
  ...new Set([...listAlerts(usualInput), ...buildOperatorAlerts(operatorInput)].map(({ name }) => name)),
];

/** Folders of the runs that were measured: with users who think for 15 s, for 4 s, and on a cluster. Each has the raw data and the page of it. */
const measuredRuns = ['docs/performance', 'docs/performance/impatient', 'docs/performance/cluster'] as const;

/** The pages on performance with their drawings, and how such a page looks for a stack that was made up. */
const performancePages: readonly Artefact[] = [
  ...measuredRuns.flatMap((folder) =>
    listReportFiles(readRun(fileURLToPath(new URL(`../../${folder}/run.json`, import.meta.url)))).map(
      ({ path, text }) => ({ path: `${folder}/${path}`, text }),
    ),
  ),
  ...listReportFiles(makeRun({ capacity: 1_000, queueWaitMilliseconds: 120, noise: 0.2 }))
    .filter(({ path }) => ['README.md', 'charts/stress.svg'].includes(path))
    .map(({ path, text }) => ({ path: `load/report/golden/${path}`, text })),
];

/** Every file that `make generate` writes. */
export const artefacts: readonly Artefact[] = [
  {
    path: 'charts/chatstack-operator/crds/chatstacks.yaml',
    text: () =>
      `# Generated from stack/api by \`make generate\`. Change the definition, not this file.\n${stringify(buildCustomResourceDefinition(), yamlForm)}`,
  },
  { path: 'docs/reference/chatstack.md', text: buildReferencePage },
  { path: 'docs/reference/command-line.md', text: buildCommandLinePage },
  { path: 'docs/reference/metrics.md', text: buildMetricsPage },
  { path: 'docs/reference/operator-metrics.md', text: buildOperatorMetricsPage },
  ...performancePages,
  {
    path: 'docs/failover.md',
    text: async () => buildFailoverPage(await readRuns<Report>('failover.json'), allFaults),
  },
  {
    path: 'docs/alarms.md',
    text: async () => buildAlarmsPage(await readRuns<AlarmReport>('alarms.json'), allAlarms, alertNames()),
  },
  { path: 'docker-compose.yml', text: () => renderCompose(planForCompose('local')) },
  ...rules,
  {
    path: 'docs/runbooks/README.md',
    text: () => buildRunbookIndex(listAlerts(usualInput), buildOperatorAlerts(operatorInput)),
  },
  ...allSheets.map((sheet) => ({
    path: `dashboards/generated/${fileNameOf(sheet)}.json`,
    text: () => `${JSON.stringify(buildDashboard(sheet), undefined, 2)}\n`,
  })),
  {
    path: 'docs/reference/openapi.json',
    text: () => `${JSON.stringify(describeApi('jwt'), undefined, 2)}\n`,
  },
  { path: 'client/generated/api.ts', text: () => writeClientTypes(describeApi('jwt')) },
  ...goldenCases.flatMap(buildGoldens),
];
