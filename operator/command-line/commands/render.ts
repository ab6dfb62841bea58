import { renderCompose } from '@chatstack/stack/render/compose.ts';
import { listObjects } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { stringify } from 'yaml';
import { readDashboards } from '../../config/read-dashboards.ts';
import { clusterOptions } from '../cluster-options.ts';
import { type Arguments, type Command, CommandError, exitCodes } from '../command.ts';
import { manifestOptions, planManifest, readGiven, targets } from '../plan-manifest.ts';
import type { ChatStackManifest } from '../read-manifest.ts';

/** `chatstack render`. */
export const renderCommand: Command = {
  name: 'render',
  summary: 'the manifests, or the Docker Compose file',
  description: `Prints what each ChatStack of FILE becomes:
  kubernetes  the objects the operator applies, in order (default). Passwords are not part of them: the operator makes them
  compose     a file for docker compose
Nothing is contacted.`,
  operands: [],
  options: {
    ...manifestOptions,
    to: { value: 'FORM', choices: targets, description: 'what to print (default: kubernetes)' },
    namespace: clusterOptions.namespace,
  },
  examples: [
    ['what the operator would apply', 'chatstack render -f examples/empty.yaml'],
    ['the same stack on a laptop', 'chatstack render -f examples/empty.yaml --to compose > docker-compose.yml'],
  ],
  async run(args, machine) {
    const manifests = readGiven('render', args, machine);
    machine.out(args.values.to === 'compose' ? renderOne(manifests, args) : renderAll(manifests, args));
    return exitCodes.done.code;
  },
};

function renderOne(manifests: readonly ChatStackManifest[], args: Arguments): string {
  const [first] = manifests;
  if (first === undefined || manifests.length > 1) {
    const message = `expected one ChatStack to render to a compose file, found ${manifests.length}`;
    throw new CommandError('misused', message);
  }
  return renderCompose(planManifest(first, 'compose', args));
}

function renderAll(manifests: readonly ChatStackManifest[], args: Arguments): string {
  return manifests
    .flatMap((each) => {
      const plan = planManifest(each, 'kubernetes', args);
      const options = { namespace: plan.namespace, credentialsRevision: 'shown-offline', dashboards: readDashboards() };
      return listObjects(renderKubernetes(plan, options));
    })
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
}
