import type { DashboardUid } from '../grafana/chart.ts';
import type { AlertedComponent } from './alert.ts';

/** The dashboard that shows a component; whatever else an alert is about is on the overview. */
const uids: { readonly [component in AlertedComponent]?: DashboardUid } = {
  pgbouncer: 'chatstack-pgbouncer',
  postgres: 'chatstack-database',
  redis: 'chatstack-redis',
  operator: 'chatstack-operator',
};

/** Path within Grafana of the dashboard that shows what an alert is about, with its variables set. */
export const dashboardOf = (
  component: AlertedComponent | undefined,
  variables: { readonly [name: string]: string },
): string => {
  const uid: DashboardUid = (component && uids[component]) ?? 'chatstack-overview';
  const query = Object.entries(variables).map(([name, value]) => `var-${name}=${encodeURIComponent(value)}`);
  return `/d/${uid}${query.length > 0 ? `?${query.join('&')}` : ''}`;
};
