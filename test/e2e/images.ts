import { existsSync } from 'node:fs';
import { defaultImages, monitoringImages } from '@chatstack/stack/plan/images.ts';
import { run } from './command.ts';
import { type KubernetesObject, kubectl } from './kubectl.ts';

/** The images under test. `otherService` is the service image under a second tag. */
export type BuiltImages = { operator: string; service: string; otherService: string };

/** Stacks of these tests have no Grafana: its image is by far the largest, and nothing of theirs looks at it. */
const { grafana: _grafana, ...measuring } = monitoringImages;

const REPOSITORY = 'ghcr.io/chatstack';

/** Builds both images from the project's Dockerfiles; their tags tell their content, so that a change rolls out. */
export async function buildImages(root: string): Promise<BuiltImages> {
  const operator = await build(root, 'operator');
  const service = await build(root, 'service');
  const otherService = `${service}-again`;
  await run('docker', ['tag', service, otherService]);
  return { operator, service, otherService };
}

/**
 * Brings the images to the nodes with `command` (a shell command that takes image names as arguments, as
 * `kind load docker-image` does), but for those that are there: a tag of this test tells its content. With `withBases` the images of the data services and of what measures go along, for nodes that can not pull.
 */
export async function loadImages(command: string, images: BuiltImages, withBases: boolean): Promise<void> {
  const { service: _, ...bases } = { ...defaultImages, ...measuring };
  const present = await imagesOnNodes();
  const names = [...Object.values(images), ...(withBases ? Object.values(bases) : [])];
  const missing = names.filter((name) => !present.has(name));
  if (missing.length === 0) return;
  await run('sh', ['-c', `${command} "$@"`, 'load-image', ...missing], { timeoutSeconds: 600, loud: true });
}

/** The images that every node has, by the names under which Dockerfiles and manifests know them. */
async function imagesOnNodes(): Promise<Set<string>> {
  const { stdout } = await kubectl(['get', 'nodes', '-o', 'json']);
  const nodes = (JSON.parse(stdout) as { items: KubernetesObject[] }).items;
  const sets = nodes.map(({ status }) => {
    const names = (status.images ?? []).flatMap((image: { names?: string[] }) => image.names ?? []) as string[];
    return new Set(names.map((name) => name.replace(/^docker\.io\/(library\/)?/, '')));
  });
  const [first = new Set<string>(), ...others] = sets;
  return new Set([...first].filter((name) => others.every((names) => names.has(name))));
}

async function build(root: string, room: 'operator' | 'service'): Promise<string> {
  const building = `${REPOSITORY}/${room}:e2e-building`;
  const args = ['build', '--file', `${room}/Dockerfile`, '--target', 'production', '--tag', building];
  await run('docker', [...args, ...(await registrySecret()), '.'], { cwd: root, timeoutSeconds: 900 });
  const { stdout } = await run('docker', ['image', 'inspect', '--format', '{{.Id}}', building]);
  const image = `${REPOSITORY}/${room}:e2e-${stdout.trim().replace('sha256:', '').slice(0, 12)}`;
  await run('docker', ['tag', building, image]);
  return image;
}

/** The user's npm configuration, where there is one: a registry other than npm's own is named there. */
async function registrySecret(): Promise<string[]> {
  const { stdout } = await run('npm', ['config', 'get', 'userconfig']);
  const file = stdout.trim();
  return existsSync(file) ? ['--secret', `id=npmrc,src=${file}`] : [];
}
