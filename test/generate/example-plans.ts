import { readFileSync } from 'node:fs';
import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { formatFaults } from '@chatstack/stack/api/fault.ts';
import { defaultImages } from '@chatstack/stack/plan/images.ts';
import { composePlacement, kubernetesPlacement, type Placement } from '@chatstack/stack/plan/placement.ts';
import { planStack } from '@chatstack/stack/plan/plan-stack.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import { parse } from 'yaml';

/** The plan of a spec in the namespace `chat`. Throws with every fault when it is refused. */
export const planSpec = (name: string, spec: unknown, placement = kubernetesPlacement(name)): StackPlan => {
  const parsed = parseChatStackSpec(spec);
  if (!parsed.ok) throw new Error(`${name} is refused:\n${formatFaults(parsed.faults)}`);
  const planned = planStack({ name, namespace: 'chat', spec: parsed.spec, placement, images: defaultImages });
  if (!planned.ok) throw new Error(`${name} can not be planned:\n${formatFaults(planned.faults)}`);
  return planned.plan;
};

const planExample = (example: string, placementOf: (name: string) => Placement): StackPlan => {
  const text = readFileSync(new URL(`../../examples/${example}.yaml`, import.meta.url), 'utf8');
  const { metadata, spec } = parse(text);
  return planSpec(metadata.name, spec, placementOf(metadata.name));
};

/** The plan of `examples/<example>.yaml` in Kubernetes. Throws with every fault when it is refused. */
export const planForKubernetes = (example: string): StackPlan => planExample(example, kubernetesPlacement);

/** The plan of `examples/<example>.yaml` in Docker Compose. Throws with every fault when it is refused. */
export const planForCompose = (example: string): StackPlan => planExample(example, composePlacement);
