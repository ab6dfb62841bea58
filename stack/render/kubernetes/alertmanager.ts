import { monitoringUsers } from '../../plan/images.ts';
import type { AlertmanagerPlan } from '../../plan/monitoring-plan.ts';
import { alertmanagerFolders } from '../../plan/plan-monitoring.ts';
import type { StackPlan } from '../../plan/stack-plan.ts';
import { buildConfigMap } from './config-map.ts';
import { buildDeployment } from './deployment.ts';
import { childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';
import { buildNetworkService } from './network-service.ts';
import { configurationMount } from './pod.ts';
import { buildProbes, byRequest } from './probes.ts';

/** The Alertmanager that a stack runs. Silences live as long as its pod. */
export const renderAlertmanager = (
  plan: StackPlan,
  alertmanager: AlertmanagerPlan,
  options: RenderOptions,
): readonly Manifest[] => {
  const name = childName(plan.name, 'alertmanager');
  const ports = { alertmanager: alertmanager.port };
  const { name: secretName, key } = alertmanager.configuration;
  return [
    buildConfigMap(plan, options, 'alertmanager', alertmanager.files),
    buildNetworkService(plan, options, { name, component: 'alertmanager', ports }),
    buildDeployment(
      plan,
      options,
      {
        component: 'alertmanager',
        user: monitoringUsers.alertmanager,
        image: alertmanager.image,
        command: ['sh', `${alertmanagerFolders.scripts}/start.sh`],
        environment: [],
        resources: alertmanager.resources,
        ports,
        mounts: [
          configurationMount(name, alertmanagerFolders.scripts),
          {
            name: 'receivers',
            path: alertmanagerFolders.configuration,
            readOnly: true,
            source: { secret: { secretName, items: [{ key, path: 'alertmanager.yml' }] } },
          },
          { name: 'data', path: alertmanagerFolders.data, source: { emptyDir: { sizeLimit: '256Mi' } } },
        ],
        probes: buildProbes(byRequest('/-/ready', 'alertmanager'), byRequest('/-/healthy', 'alertmanager'), 60),
        terminationGraceSeconds: 10,
      },
      { replicas: 1, replace: 'overlap' },
    ),
  ];
};
