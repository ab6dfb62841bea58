import { apiVersion } from '@chatstack/stack/api/chat-stack.ts';
import { buildCustomResourceDefinition } from '@chatstack/stack/api/crd.ts';
import { optionalKinds } from '@chatstack/stack/plan/optional-kinds.ts';
import { isLaterMinor } from '../../reconcile/stack-record.ts';
import { isNotFound } from '../../runtime/api-error.ts';
import type { KubernetesObject } from '../../runtime/object.ts';
import { builtIn, type Resource } from '../../runtime/resource.ts';
import { operatorVersion } from '../../version.ts';
import type { Place } from '../cluster-options.ts';
import { type Check, failure, fine, note, warning } from './finding.ts';

const storageClass: Resource = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
};
const namespaceKind: Resource = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };

/** The oldest minor release of Kubernetes 1 that the chart accepts. */
const oldestMinor = 29;

const isDefault = ({ metadata }: KubernetesObject): boolean =>
  metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';

/** Checks of the cluster itself: whatever a stack of the namespace needs. */
export const clusterChecks: readonly Check<Place>[] = [
  {
    subject: 'Kubernetes',
    async run({ cluster }) {
      const { gitVersion, minor } = (await cluster.read('/version')) as unknown as {
        gitVersion: string;
        minor: string;
      };
      return Number.parseInt(minor, 10) >= oldestMinor
        ? [fine(`${gitVersion} at ${cluster.server}`)]
        : [failure(`expected 1.${oldestMinor} or newer, found ${gitVersion}`, 'upgrade the cluster')];
    },
  },
  { subject: 'definition', run: checkDefinition },
  {
    subject: 'storage',
    async run({ cluster }) {
      const { items } = await cluster.client.list(storageClass);
      const chosen = items.find(isDefault);
      if (chosen === undefined) {
        const names = items.map(({ metadata }) => metadata.name).join(', ') || 'none at all';
        const remedy = `mark one as default (annotation storageclass.kubernetes.io/is-default-class), or set spec.postgres.storage.storageClassName`;
        return [warning(`expected a default StorageClass, found ${names}`, remedy)];
      }
      const { name } = chosen.metadata;
      return chosen.allowVolumeExpansion === true
        ? [fine(`StorageClass ${name} is the default, and its volumes can grow`)]
        : [
            warning(
              `volumes of the default StorageClass ${name} can not grow`,
              'set allowVolumeExpansion where the driver can, or plan the size of the volume with room',
            ),
          ];
    },
  },
  {
    subject: 'namespace',
    async run({ cluster, namespace }) {
      try {
        const { metadata } = await cluster.client.get(namespaceKind, { namespace: '', name: namespace });
        const level = metadata.labels?.['pod-security.kubernetes.io/enforce'];
        const text = level === undefined ? 'no Pod Security level is enforced' : `Pod Security ${level} is enforced`;
        return [fine(`${namespace}: ${text}; every pod of a stack satisfies restricted`)];
      } catch (error) {
        if (!isNotFound(error)) throw error;
        return [failure(`expected the namespace ${namespace}, found none`, `kubectl create namespace ${namespace}`)];
      }
    },
  },
  {
    subject: 'DNS',
    async run({ cluster }) {
      const found = await cluster.client.list(builtIn.service, {
        namespace: 'kube-system',
        labels: { 'k8s-app': 'kube-dns' },
      });
      return found.items.length > 0
        ? [fine(`Service ${found.items[0]?.metadata.name} of kube-system`)]
        : [
            warning(
              'found no Service with k8s-app=kube-dns in kube-system',
              'components find each other by name: make sure that the cluster resolves names of Services',
            ),
          ];
    },
  },
  {
    subject: 'metrics',
    async run({ cluster, namespace }) {
      const isServed = await cluster.read('/apis/metrics.k8s.io/v1beta1').then(
        () => true,
        () => false,
      );
      const { items } = await cluster.client.list(builtIn.horizontalPodAutoscaler, { namespace });
      if (isServed) return [fine('metrics.k8s.io is served')];
      const names = items.map(({ metadata }) => metadata.name).join(', ');
      return items.length > 0
        ? [
            failure(
              `metrics.k8s.io is not served, which ${names} need${items.length === 1 ? 's' : ''} to scale`,
              'install metrics-server',
            ),
          ]
        : [note('metrics.k8s.io is not served; only spec.service.autoscaling would need it')];
    },
  },
  {
    subject: 'optional kinds',
    async run({ cluster }) {
      const { items } = await cluster.client.list(builtIn.customResourceDefinition);
      const served = new Set(items.map(({ metadata }) => metadata.name));
      const names = Object.values(optionalKinds).map(({ apiVersion: version, kind, plural, product }) => ({
        text: `${kind} (${product})`,
        isServed: served.has(`${plural}.${version.slice(0, version.indexOf('/'))}`),
      }));
      const list = (is: boolean) =>
        names
          .filter(({ isServed }) => isServed === is)
          .map(({ text }) => text)
          .join(', ') || 'none';
      return [note(`served: ${list(true)}. Not installed: ${list(false)}`)];
    },
  },
];

interface Definition {
  versions: {
    name: string;
    served: boolean;
    schema?: {
      openAPIV3Schema?: { properties?: { spec?: { properties?: object }; status?: { properties?: object } } };
    };
  }[];
}

async function checkDefinition({ cluster }: Place): ReturnType<Check<Place>['run']> {
  const own = buildCustomResourceDefinition();
  const apply = 'kubectl apply --server-side -f charts/chatstack-operator/crds/';
  try {
    const live = await cluster.client.get(builtIn.customResourceDefinition, { namespace: '', name: own.metadata.name });
    const { versions } = live.spec as Definition;
    const version = versions.find(({ name, served }) => name === apiVersion && served);
    if (version === undefined) {
      const found = versions.map(({ name }) => name).join(', ');
      return [
        failure(
          `expected the version ${apiVersion} of ChatStack, found ${found}`,
          `use the chatstack command of that release, or ${apply}`,
        ),
      ];
    }
    const [wanted, found] = [(own.spec as unknown as Definition).versions[0], version].map(listFields);
    const missing = wanted?.filter((each) => !found?.includes(each)) ?? [];
    const further = found?.filter((each) => !wanted?.includes(each)) ?? [];
    return [
      missing.length > 0
        ? failure(
            `the definition is older than this program (${operatorVersion}): it lacks ${missing.join(', ')}`,
            apply,
          )
        : fine(`${apiVersion} of ChatStack, with every field that version ${operatorVersion} knows`),
      ...(further.length > 0 ? [note(`the definition is newer than this program: ${further.join(', ')}`)] : []),
    ];
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return [failure('ChatStack is not installed', apply)];
  }
}

/** The fields of spec and status, two levels deep: `spec.postgres.backup`. */
function listFields(version: Definition['versions'][number] | undefined): string[] {
  const { spec, status } = version?.schema?.openAPIV3Schema?.properties ?? {};
  return Object.entries({ spec, status }).flatMap(([root, schema]) =>
    Object.entries(schema?.properties ?? {}).flatMap(([name, value]) => [
      `${root}.${name}`,
      ...Object.keys((value as { properties?: object }).properties ?? {}).map((each) => `${root}.${name}.${each}`),
    ]),
  );
}

/** Whether a version of the operator and that of this program should go together. */
export const areApart = (operator: string): boolean =>
  isLaterMinor(operator, operatorVersion) || isLaterMinor(operatorVersion, operator);
