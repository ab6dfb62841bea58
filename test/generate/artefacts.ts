import { buildOverviewDashboard } from '@chatstack/dashboards/overview.ts';
import { describeApi } from '@chatstack/service/http/openapi/describe-api.ts';
import { buildCustomResourceDefinition } from '@chatstack/stack/api/crd.ts';
import { buildReferencePage } from '@chatstack/stack/api/reference.ts';
import { explainPlan } from '@chatstack/stack/plan/explain.ts';
import type { Files } from '@chatstack/stack/plan/stack-plan.ts';
import { renderCompose } from '@chatstack/stack/render/compose.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { Document, stringify } from 'yaml';
import { writeClientTypes } from './client-types.ts';
import { planForCompose, planForKubernetes } from './example-plans.ts';
import { buildMetricsPage } from './metrics-page.ts';

/** A file of the repository that is made from others. */
export interface Artefact {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly text: () => string | Promise<string>;
}

/** The examples whose complete rendering is kept under stack/golden. */
const goldenCases = ['empty', 'large', 'external'] as const;

const yamlForm = { lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false } as const;

const writeManifests = (objects: readonly unknown[]): string =>
  objects.map((object) => new Document(object, { aliasDuplicateObjects: false }).toString(yamlForm)).join('---\n');

const renderGolden = (example: string): Files => {
  const plan = planForKubernetes(example);
  const { configuration, data, migration, service } = renderKubernetes(plan, {
    namespace: plan.namespace,
    owner: { uid: '00000000-0000-4000-8000-000000000001' },
    credentialsRevision: '00000000-0000-4000-8000-000000000002',
  });
  const postgres = plan.postgres.mode === 'Managed' ? plan.postgres.files : {};
  return {
    'plan.txt': explainPlan(plan),
    'kubernetes.yaml': writeManifests([...data, migration, ...service]),
    'config-maps.yaml': writeManifests(configuration),
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

/** Every file that `make generate` writes. */
export const artefacts: readonly Artefact[] = [
  {
    path: 'charts/chatstack-operator/crds/chatstacks.yaml',
    text: () =>
      `# Generated from stack/api by \`make generate\`. Change the definition, not this file.\n${stringify(buildCustomResourceDefinition(), yamlForm)}`,
  },
  { path: 'docs/reference/chatstack.md', text: buildReferencePage },
  { path: 'docs/reference/metrics.md', text: buildMetricsPage },
  { path: 'docker-compose.yml', text: () => renderCompose(planForCompose('local')) },
  {
    path: 'dashboards/generated/overview.json',
    text: () => `${JSON.stringify(buildOverviewDashboard(), undefined, 2)}\n`,
  },
  {
    path: 'docs/reference/openapi.json',
    text: () => `${JSON.stringify(describeApi('jwt'), undefined, 2)}\n`,
  },
  { path: 'client/generated/api.ts', text: () => writeClientTypes(describeApi('jwt')) },
  ...goldenCases.flatMap(buildGoldens),
];
