import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { LabelVariable, Sheet } from './chart.ts';

/** The chosen data source: Grafana's own variable syntax, not a template. */
export const DATASOURCE = { type: 'prometheus', uid: `\${datasource}` };

/** Which Prometheus is asked. */
export const buildDatasourceVariable = (): DatasourceVariableBuilder =>
  new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');

const buildQuery = (label: string, title: string, series: string): QueryVariableBuilder =>
  new QueryVariableBuilder(label)
    .label(title)
    .datasource(DATASOURCE)
    .query(`label_values(${series}, ${label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);

const buildManyValued = ({ label, title }: LabelVariable, series: string): QueryVariableBuilder =>
  buildQuery(label, title, series).multi(true).includeAll(true).allValue('.+');

/** One namespace, one stack in it, then any of its jobs and instances and of what else the dashboard can be narrowed to. */
export function buildLabelVariables({ series, variables = [] }: Sheet): readonly QueryVariableBuilder[] {
  const ofStack = 'namespace="$namespace", stack="$stack"';
  const ofJob = `${ofStack}, job=~"$job"`;
  return [
    buildQuery('namespace', 'Namespace', series),
    buildQuery('stack', 'Stack', `${series}{namespace="$namespace"}`),
    buildManyValued({ label: 'job', title: 'Job' }, `${series}{${ofStack}}`),
    buildManyValued({ label: 'instance', title: 'Instance' }, `${series}{${ofJob}}`),
    ...variables.map((variable) => buildManyValued(variable, `${series}{${ofJob}, instance=~"$instance"}`)),
  ];
}
