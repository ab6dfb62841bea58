import type { Group } from '../../results/groups.ts';
import type { Results } from '../criteria/criterion.ts';
import { type Facts, gatherFacts } from './facts.ts';
import { type Proposal, type Rule, rules } from './rules.ts';

/** What a rule proposes by these facts; undefined where it does not apply, or the field has no next value. */
export function applyRule({ field, reason, next }: Rule, facts: Facts): Proposal | undefined {
  const because = reason(facts);
  const present = facts.present(field);
  const proposed = because === undefined || present === undefined ? undefined : next(present, facts);
  if (because === undefined || present === undefined || proposed === undefined) return undefined;
  return { field, present, proposed, because: `${because} (${facts.load})` };
}

/** The stack that is to be tuned: with all of its parts, or the one that was given. */
const isTuned = ({ configuration, scenario }: Group): boolean =>
  configuration === 'full-stack' || configuration === 'given' || scenario === 'pooler';

/** What to change, one proposal a field: by the highest load that asks for it, since groups come from little load to much. */
export function proposeChanges({ run, groups }: Results): readonly Proposal[] {
  const facts = groups.filter(isTuned).map((group) => gatherFacts(group, run));
  return rules.flatMap((rule) => facts.map((each) => applyRule(rule, each)).findLast((proposal) => proposal) ?? []);
}
