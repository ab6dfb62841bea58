import type { AlertCase } from './alert-case.ts';
import { objectiveCases } from './objectives-cases.ts';
import { operatorCases } from './operator-cases.ts';
import { poolerCases } from './pooler-cases.ts';
import { postgresCases } from './postgres-cases.ts';
import { redisCases } from './redis-cases.ts';
import { serviceCases } from './service-cases.ts';
import { stateCases } from './state-cases.ts';
import { targetCases } from './target-cases.ts';
import { volumeCases } from './volume-cases.ts';

/** The cases of all alerts. */
export const allCases: readonly AlertCase[] = [
  ...objectiveCases,
  ...serviceCases,
  ...poolerCases,
  ...postgresCases,
  ...volumeCases,
  ...redisCases,
  ...stateCases,
  ...targetCases,
  ...operatorCases,
];
