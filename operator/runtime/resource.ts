import type { KubernetesObject, ObjectKey } from './object.ts';

/** A kind and where the API server serves it. */
export interface Resource {
  apiVersion: string;
  kind: string;
  plural: string;
  namespaced: boolean;
}

function namespaced(apiVersion: string, kind: string, plural: string): Resource {
  return { apiVersion, kind, plural, namespaced: true };
}

/** The built-in kinds that controllers commonly make; custom kinds are plain Resource values. */
export const builtIn = {
  configMap: namespaced('v1', 'ConfigMap', 'configmaps'),
  secret: namespaced('v1', 'Secret', 'secrets'),
  service: namespaced('v1', 'Service', 'services'),
  serviceAccount: namespaced('v1', 'ServiceAccount', 'serviceaccounts'),
  pod: namespaced('v1', 'Pod', 'pods'),
  persistentVolumeClaim: namespaced('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  deployment: namespaced('apps/v1', 'Deployment', 'deployments'),
  statefulSet: namespaced('apps/v1', 'StatefulSet', 'statefulsets'),
  job: namespaced('batch/v1', 'Job', 'jobs'),
  cronJob: namespaced('batch/v1', 'CronJob', 'cronjobs'),
  podDisruptionBudget: namespaced('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  networkPolicy: namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  ingress: namespaced('networking.k8s.io/v1', 'Ingress', 'ingresses'),
  horizontalPodAutoscaler: namespaced('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
  role: namespaced('rbac.authorization.k8s.io/v1', 'Role', 'roles'),
  roleBinding: namespaced('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings'),
  customResourceDefinition: {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    namespaced: false,
  },
  lease: namespaced('coordination.k8s.io/v1', 'Lease', 'leases'),
  event: namespaced('events.k8s.io/v1', 'Event', 'events'),
} as const satisfies Record<string, Resource>;

/** The resource among `resources` that serves the manifest; throws when its kind is not one of them. */
export function resourceOf(manifest: KubernetesObject, resources: readonly Resource[]): Resource {
  const found = resources.find((each) => each.apiVersion === manifest.apiVersion && each.kind === manifest.kind);
  if (found === undefined) {
    const known = resources.map((each) => `${each.apiVersion} ${each.kind}`).join(', ');
    throw new Error(`expected one of the kinds ${known}; found ${manifest.apiVersion} ${manifest.kind}`);
  }
  return found;
}

/** The URL path of a collection (no name) or of one object, with an optional subresource such as `status`. */
export function buildPath(resource: Resource, key: Partial<ObjectKey>, subresource?: string): string {
  const parts = [resource.apiVersion.includes('/') ? `/apis/${resource.apiVersion}` : `/api/${resource.apiVersion}`];
  if (resource.namespaced && key.namespace) {
    parts.push('namespaces', encodeURIComponent(key.namespace));
  }
  parts.push(resource.plural);
  if (key.name !== undefined) {
    if (key.name === '' || (resource.namespaced && !key.namespace)) {
      throw new Error(`expected a name and a namespace for ${resource.kind}, found ${JSON.stringify(key)}`);
    }
    parts.push(encodeURIComponent(key.name));
  }
  if (subresource !== undefined) {
    parts.push(subresource);
  }
  return parts.join('/');
}
