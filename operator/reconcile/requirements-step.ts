import { definitionName, type RequiredKind } from '@chatstack/stack/plan/optional-kinds.ts';
import { optionalResource } from './child-kinds.ts';
import type { StepResult } from './step.ts';
import type { Work } from './work.ts';

/**
 * Whether the cluster serves every kind that the stack needs. Nothing is applied before: half a stack would serve nobody. No time to
 * look again is asked for, since the watch of the definitions tells when one is installed.
 */
export async function checkRequirements({ tools, plan }: Work): Promise<StepResult> {
  return findMissingKinds(tools, plan.requires) ?? { kind: 'done' };
}

/** Those of the kinds that the cluster does not serve. */
export function listUnserved(tools: Work['tools'], requires: readonly RequiredKind[]): readonly RequiredKind[] {
  const served = tools.definitions();
  return requires.filter(({ kind }) => !served.has(definitionName(kind)));
}

/** What a step ends in as long as the cluster does not serve kinds that it needs; undefined when it does. */
export function findMissingKinds(
  tools: Work['tools'],
  requires: readonly RequiredKind[],
): Extract<StepResult, { kind: 'stalled' | 'waiting' }> | undefined {
  const missing = listUnserved(tools, requires);
  if (missing.length > 0) {
    const message = missing
      .map(
        ({ field, kind }) =>
          `${field}: expected a cluster that serves ${kind.kind} (${kind.apiVersion}), found no CustomResourceDefinition ` +
          `${definitionName(kind)} of that version. Install ${kind.product}: ${kind.install}`,
      )
      .join('\n');
    return { kind: 'stalled', reason: 'KindMissing', message };
  }
  const unsynced = requires.find(({ kind }) => tools.cacheOf.optional(optionalResource(kind)) === undefined);
  if (unsynced === undefined) return undefined;
  return { kind: 'waiting', reason: 'Watching', message: `the first list of ${unsynced.kind.kind} is not in yet` };
}
