import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { type Fault, formatFaults } from '@chatstack/stack/api/fault.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { composePlacement, kubernetesPlacement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { type Arguments, CommandError, type OptionDefinition, UsageError } from './command.ts';
import type { Machine } from './machine.ts';
import { type ChatStackManifest, readManifests } from './read-manifest.ts';

/** Options of commands that read a file of ChatStacks. */
export const manifestOptions = {
  filename: {
    short: 'f',
    value: 'FILE',
    description: 'YAML or JSON with one or more ChatStacks; - for standard input',
    completes: 'files',
  },
  'service-image': {
    value: 'IMAGE',
    description: 'image of the chat service where the spec names none, as the operator is started with',
  },
} as const satisfies { readonly [name: string]: OptionDefinition };

/** Forms a stack can be rendered to. */
export const targets = ['kubernetes', 'compose'] as const;

/** One of the forms. */
export type Target = (typeof targets)[number];

/** The ChatStacks of the file that the arguments name. */
export function readGiven(command: string, { values }: Arguments, machine: Machine): ChatStackManifest[] {
  const { filename } = values;
  if (filename === undefined) throw new UsageError(`${command}: expected -f FILE, found none`);
  return readManifests(machine.readFile(filename), filename === '-' ? 'standard input' : filename);
}

/** Plans one of them without a cluster. Throws a CommandError with every fault. */
export function planManifest(manifest: ChatStackManifest, to: Target, { values }: Arguments): StackPlan {
  const { name } = manifest;
  const parsed = parseChatStackSpec(manifest.spec);
  if (!parsed.ok) throw refuse(name, parsed.faults);
  const service = values['service-image'];
  const planned = planStack({
    name,
    namespace: manifest.namespace ?? values.namespace ?? 'default',
    spec: parsed.spec,
    placement: to === 'compose' ? composePlacement() : kubernetesPlacement(name),
    images: { ...defaultImages, ...(service === undefined ? {} : { service }) },
  });
  if (!planned.ok) throw refuse(name, planned.faults);
  return planned.plan;
}

/** The error of a ChatStack that can't be planned. */
export const refuse = (name: string, faults: readonly Fault[]): CommandError =>
  new CommandError('refused', `ChatStack ${name} is refused:\n${formatFaults(faults)}`);
