import { run } from './command.ts';
import type { BuiltImages } from './images.ts';
import { inNamespace, kubectl } from './kubectl.ts';

/** Name of the Helm release and of the operator's Deployment. */
export const RELEASE = 'chatstack-operator';

/** Labels under which Kubernetes refuses pods that do not fit the profile "restricted". */
export const RESTRICTED = {
  'pod-security.kubernetes.io/enforce': 'restricted',
  'pod-security.kubernetes.io/warn': 'restricted',
};

const CRD = 'chatstacks.chatstack.dev';

/**
 * Installs or upgrades the chart and waits for the operator to be ready; `more` are further values of the chart, by path,
 * numbers and booleans as such.
 * Returns whether the CRD was there before.
 */
export async function installOperator(
  helm: string,
  root: string,
  namespace: string,
  images: BuiltImages,
  more: Readonly<Record<string, string>> = {},
): Promise<{ crdWasThere: boolean }> {
  const { stdout } = await kubectl(['get', 'crd', '-o', 'name']);
  const crdWasThere = stdout.includes(`/${CRD}\n`);
  const chart = `${root}/charts/chatstack-operator`;
  if (crdWasThere) {
    // Helm installs a CRD once and never upgrades it
    await kubectl(['apply', '--server-side', '--force-conflicts', '-f', `${chart}/crds`]);
  }
  await inNamespace(namespace).apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: RESTRICTED },
  });
  const [repository = '', tag = ''] = images.operator.split(/:(?=[^:]*$)/);
  const values = [`image.repository=${repository}`, `image.tag=${tag}`, `service.image=${images.service}`];
  const args = ['upgrade', '--install', RELEASE, chart, '--namespace', namespace, '--wait', '--timeout', '5m'];
  const typed = Object.entries(more).flatMap(([path, value]) => ['--set', `${path}=${value}`]);
  const texts = values.flatMap((value) => ['--set-string', value]);
  await run(helm, [...args, ...texts, ...typed], { timeoutSeconds: 330 });
  return { crdWasThere };
}

/** Removes the release, its namespace and, unless `keepCrd`, the CRD. */
export async function removeOperator(helm: string, namespace: string, keepCrd: boolean): Promise<void> {
  await run(helm, ['uninstall', RELEASE, '--namespace', namespace, '--wait', '--ignore-not-found']);
  if (!keepCrd) await kubectl(['delete', 'crd', CRD, '--ignore-not-found', '--timeout=180s']);
  await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=180s']);
}
