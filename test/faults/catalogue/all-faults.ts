import type { Fault } from '../fault.ts';
import { changes } from './changes.ts';
import { cuts } from './cuts.ts';
import { deletions } from './deletions.ts';
import { encryption } from './encryption.ts';
import { fills } from './fills.ts';
import { freezes } from './freezes.ts';
import { kills } from './kills.ts';
import { operatorFaults } from './operator-faults.ts';

/** Every fault, in the order in which they are done. */
export const allFaults: readonly Fault[] = [
  ...kills,
  ...deletions,
  ...fills,
  ...freezes,
  ...cuts,
  ...operatorFaults,
  ...changes,
  ...encryption,
];

/** The faults whose names hold one of the texts, in any case; all of them without texts. */
export function chooseFaults(texts: readonly string[]): readonly Fault[] {
  if (texts.length === 0) return allFaults;
  return allFaults.filter(({ name, family }) =>
    texts.some((text) => `${family}: ${name}`.toLowerCase().includes(text.toLowerCase())),
  );
}
