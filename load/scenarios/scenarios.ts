import type { ScenarioName } from '../results/load-run.ts';
import { compare } from './compare.ts';
import { soak, stress } from './crowds.ts';
import { peak } from './peak.ts';
import { pooler } from './pooler.ts';
import { realtime } from './realtime.ts';
import type { Scenario } from './scenario.ts';
import { spike } from './spike.ts';

/** All scenarios by name. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  compare,
  peak,
  stress,
  realtime,
  spike,
  soak,
  pooler,
};
