import type { Alarm } from '../alarm.ts';
import { backups } from './backups.ts';
import { connections } from './connections.ts';
import { fills } from './fills.ts';
import { kills } from './kills.ts';
import { operatorAlarms } from './operator.ts';
import { reads } from './reads.ts';
import { refusals } from './refusals.ts';
import { states } from './states.ts';
import { waits } from './waits.ts';

/** Every alarm, in the order of the report; those of one lane are done in this order. */
export const allAlarms: readonly Alarm[] = [
  ...kills,
  ...fills,
  ...waits,
  ...connections,
  ...reads,
  ...refusals,
  ...states,
  ...backups,
  ...operatorAlarms,
];

/** The alarms whose names hold one of the texts, in any case; all of them without texts. */
export function chooseAlarms(texts: readonly string[]): readonly Alarm[] {
  if (texts.length === 0) return allAlarms;
  return allAlarms.filter(({ name }) => texts.some((text) => name.toLowerCase().includes(text.toLowerCase())));
}
