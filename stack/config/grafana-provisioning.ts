import { formatDuration } from '../quantity/duration.ts';
import { writeYaml } from './prometheus-yml.ts';

/** Where Grafana finds the dashboards, and what else it writes and reads. */
export const grafanaFolders = {
  provisioning: '/etc/grafana/provisioning',
  dashboards: '/etc/chatstack-dashboards',
  /** The dashboards as they come, where they come packed. */
  packed: '/etc/chatstack-packed',
  scripts: '/etc/chatstack',
  data: '/var/lib/grafana',
} as const;

/** The folder in which Grafana shows the dashboards. */
export const dashboardFolder = 'ChatStack';

/** What a datasource is made from. Seconds. */
export interface Datasource {
  readonly name: string;
  readonly url: string;
  readonly scrapeInterval: number;
  /** Where a trace is shown, with `{traceId}` in place of its id; unset: nobody knows. */
  readonly traceURL?: string | undefined;
}

/** Under `trace_id` the service names the trace of a request. */
const leadToTrace = (traceURL: string): object => ({
  exemplarTraceIdDestinations: [
    { name: 'trace_id', url: traceURL.replaceAll('{traceId}', () => `\${__value.raw}`), urlDisplayLabel: 'the trace' },
  ],
});

/** A datasource in the form that Grafana and its operator take. */
export const buildDatasource = ({ name, url, scrapeInterval, traceURL }: Datasource): object => ({
  name,
  type: 'prometheus',
  access: 'proxy',
  url,
  editable: false,
  jsonData: {
    httpMethod: 'POST',
    timeInterval: formatDuration(scrapeInterval),
    ...(traceURL === undefined ? {} : leadToTrace(traceURL)),
  },
});

/** The text of the file that provisions the datasource. Grafana replaces `$NAME` in it; a dollar that is meant is written twice. */
export const buildDatasourcesYaml = (datasource: Omit<Datasource, 'name'>): string =>
  writeYaml({
    apiVersion: 1,
    datasources: [{ ...buildDatasource({ name: 'Prometheus', ...datasource }), uid: 'chatstack', isDefault: true }],
  }).replaceAll('$', () => '$$');

/** The text of the file that provisions the dashboards of a folder. */
export const buildDashboardsYaml = (): string =>
  writeYaml({
    apiVersion: 1,
    providers: [
      {
        name: 'chatstack',
        folder: dashboardFolder,
        type: 'file',
        disableDeletion: true,
        allowUiUpdates: false,
        options: { path: grafanaFolders.dashboards },
      },
    ],
  });
