import { stackNamespace } from '../e2e/context.ts';
import { buildImages, loadImages } from '../e2e/images.ts';
import { inNamespace, kubectl } from '../e2e/kubectl.ts';
import { installOperator, removeOperator } from '../e2e/operator-release.ts';
import { checkPrerequisites } from '../e2e/prerequisites.ts';
import { buildStack, prepareNamespace, replaceSpec, waitForReady } from '../e2e/stack.ts';
import { BOUNDED_CLASS, BOUNDED_SIZE, makeBoundedVolume, removeBoundedVolume } from './bounded-volume.ts';
import { startNodeShell } from './node-shell.ts';
import type { Scene } from './scene.ts';
import type { WantedPods } from './settled.ts';

/** The pods that there should be between two faults. */
export const WANTED_PODS: WantedPods = { postgres: 1, pgbouncer: 2, redis: 1, service: 2, operator: 2 };

/** The share of a core that each component asks for. */
export const USUAL_CORES = '10m';

const resources = { requests: { cpu: USUAL_CORES } };

/** How a stack of a stage differs from the others: the storage of its Postgres, its poolers, its encryption. */
export type Difference = { readonly storage?: object; readonly pgbouncer?: object; readonly tls?: object };

/** A small stack; it asks for little, so that it fits beside what else the node runs. */
export const buildSpec = ({ storage, pgbouncer, tls }: Difference = {}): object => ({
  size: 'small',
  postgres: { storage: { size: BOUNDED_SIZE, ...storage }, resources },
  pgbouncer: { replicas: WANTED_PODS.pgbouncer, resources, ...pgbouncer },
  ...(tls ? { tls } : {}),
  redis: { resources },
  service: { replicas: WANTED_PODS.service, resources },
  // Its image is the one that a cluster without a registry lacks.
  monitoring: { grafana: { mode: 'None' } },
});

/** The storage of the one stack whose volume can be filled. */
export const boundedStorage = { storageClassName: BOUNDED_CLASS };

/** What a stage is made of: a namespace, and the specs of the stacks in it by their names. */
export type StageOptions = { readonly namespace: string; readonly stacks: Readonly<Record<string, object>> };

/** A cluster made ready for faults: a scene of each stack, in their order. */
export type Stage = { readonly scenes: readonly Scene[]; clear(): Promise<void> };

/** Builds and loads images, installs the chart with two operators that elect a leader, and applies stacks, unless they are there. */
export async function setStage(root: string, { namespace: name, stacks }: StageOptions): Promise<Stage> {
  const operatorNamespace = `${name}-system`;
  const { helm, cluster } = await checkPrerequisites(name);
  console.log(`cluster: ${cluster}`);
  const images = await buildImages(root);
  const load = process.env.LOAD_IMAGE;
  await loadImages(load || 'kind load docker-image', images, Boolean(load));

  const namespace = inNamespace(name);
  await prepareNamespace(namespace, Object.keys(stacks).length);
  const nodes = await startNodeShell(`${name}-nodes`);
  await makeBoundedVolume(nodes);
  const values = { replicas: String(WANTED_PODS.operator), 'watch.namespace': name };
  const upgradeOperator = (more: Readonly<Record<string, string>>) =>
    installOperator(helm, root, operatorNamespace, images, { ...values, ...more });
  const { crdWasThere } = await upgradeOperator({});
  const scenes = Object.keys(stacks).map((stackName) => ({
    place: { stackNamespace: name, operatorNamespace, stackName },
    namespace,
    operator: inNamespace(operatorNamespace),
    nodes,
    images,
    upgradeOperator: async (more: Readonly<Record<string, string>>) => void (await upgradeOperator(more)),
  }));
  await Promise.all(scenes.map(({ place }) => applyStack(place, stacks[place.stackName] ?? {})));
  const clear = async () => {
    const all = ['delete', 'chatstacks', '--all', '-n', name, '--ignore-not-found', '--timeout=180s'];
    await kubectl(all);
    await kubectl(['delete', 'namespace', name, '--timeout=180s']);
    await removeOperator(helm, operatorNamespace, crdWasThere);
    await removeBoundedVolume(nodes);
    await nodes.remove();
  };
  return { scenes, clear };
}

async function applyStack(place: Scene['place'], spec: object): Promise<void> {
  const namespace = stackNamespace(place);
  const there = (await namespace.list('chatstacks')).some(({ metadata }) => metadata.name === place.stackName);
  if (there) await replaceSpec(place, spec);
  else await namespace.apply(buildStack(place.stackName, spec));
  await waitForReady(place);
}
