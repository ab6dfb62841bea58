import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { type Fault, formatFaults } from '@chatstack/stack/api/fault.ts';
import { explainPlan } from '@chatstack/stack/plan/explain.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { composePlacement, kubernetesPlacement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { renderCompose } from '@chatstack/stack/render/compose.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { stringify } from 'yaml';
import { type Place, type Request, readRequest, type Target, UsageError } from './options.ts';
import { type ChatStackManifest, ManifestError, readManifests } from './read-manifest.ts';
import { planUsage, renderUsage, usage } from './usage.ts';

/** What a command needs of the machine. */
export interface Machine {
  readonly version: string;
  /** The text of a file, or of standard input for `-`. Throws when it can't be read or is too large. */
  readFile(path: string): string;
  out(text: string): void;
  err(text: string): void;
}

/** A ChatStack that can't be planned. */
class RefusedError extends Error {
  override name = 'RefusedError';
}

/** Runs one command and answers the exit code: 0 done, 1 the ChatStack is refused, 2 the command line or the file is at fault. */
export function runCommand(args: readonly string[], machine: Machine): number {
  try {
    machine.out(answer(readRequest(args), machine));
    return 0;
  } catch (error) {
    if (error instanceof RefusedError) {
      machine.err(`${error.message}\n`);
      return 1;
    }
    if (error instanceof UsageError) {
      machine.err(`chatstack: ${error.message}\nSee: chatstack --help\n`);
      return 2;
    }
    if (error instanceof ManifestError) {
      machine.err(`chatstack: ${error.message}\n`);
      return 2;
    }
    throw error;
  }
}

function answer(request: Request, machine: Machine): string {
  switch (request.command) {
    case 'version':
      return `${machine.version}\n`;
    case 'help':
      return { plan: planUsage, render: renderUsage, all: usage }[request.topic ?? 'all'];
    case 'plan':
      return manifestsOf(request.file, machine)
        .map((each) => `${explainPlan(planOne(each, 'kubernetes', request.place)).trimEnd()}\n`)
        .join('\n');
    default:
      return render(manifestsOf(request.file, machine), request.to, request.place);
  }
}

function manifestsOf(file: string, machine: Machine): ChatStackManifest[] {
  return readManifests(machine.readFile(file), file === '-' ? 'standard input' : file);
}

function planOne(manifest: ChatStackManifest, to: Target, place: Place): StackPlan {
  const { name } = manifest;
  const parsed = parseChatStackSpec(manifest.spec);
  if (!parsed.ok) throw refuse(name, parsed.faults);
  const planned = planStack({
    name,
    namespace: manifest.namespace ?? place.namespace ?? 'default',
    spec: parsed.spec,
    placement: to === 'compose' ? composePlacement() : kubernetesPlacement(name),
    images: { ...defaultImages, ...(place.serviceImage === undefined ? {} : { service: place.serviceImage }) },
  });
  if (!planned.ok) throw refuse(name, planned.faults);
  return planned.plan;
}

const refuse = (name: string, faults: readonly Fault[]): RefusedError =>
  new RefusedError(`ChatStack ${name} is refused:\n${formatFaults(faults)}`);

function render(manifests: readonly ChatStackManifest[], to: Target, place: Place): string {
  const [first] = manifests;
  if (to === 'compose') {
    if (first === undefined || manifests.length > 1) {
      throw new ManifestError(`expected one ChatStack to render to a compose file, found ${manifests.length}`);
    }
    return renderCompose(planOne(first, to, place));
  }
  return manifests
    .flatMap((each) => {
      const plan = planOne(each, to, place);
      const objects = renderKubernetes(plan, { namespace: plan.namespace, credentialsRevision: 'shown-offline' });
      return [...objects.configuration, ...objects.data, objects.migration, ...objects.service];
    })
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
}
