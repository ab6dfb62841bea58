import type { Files, StackPlan } from '../../plan/stack-plan.ts';
import { buildMetadata, type Component, childName } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';

/** The ConfigMap with the files of one component. */
export const buildConfigMap = (
  plan: StackPlan,
  options: RenderOptions,
  component: Component,
  files: Files,
): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: buildMetadata(plan, options, { name: childName(plan.name, component), component }),
  data: files,
});
