import { sleep } from 'k6';
import exec from 'k6/execution';
import { createRandom, mixSeeds } from '../model/random.ts';
import { createRequestModel } from '../model/request.ts';
import { drawThinkSeconds } from '../model/think-time.ts';
import { createChatRequests } from './chat-requests.ts';
import { commonOptions, noneFailed } from './common-options.ts';
import { metricName } from './k6-plan.ts';
import { createMeasures, now, unmeasured } from './measures.ts';
import { readPlan } from './read-plan.ts';

// A crowd: each virtual user is a person with one connection, which is kept, and thinks between two requests.

const plan = readPlan('crowd');
const measures = createMeasures(1, ['read', 'send']);
const request = createChatRequests(plan, measures);
const draw = createRequestModel(plan.population, plan.readShare);
const begin = (plan.rampSeconds + plan.warmUpSeconds) * 1000;

export const options = {
  ...commonOptions,
  scenarios: {
    crowd: {
      exec: 'behave',
      executor: 'ramping-vus',
      startVUs: 0,
      stages: [
        { target: plan.connections, duration: `${plan.rampSeconds}s` },
        { target: plan.connections, duration: `${plan.warmUpSeconds + plan.seconds}s` },
      ],
      // A request under way is waited for; who only thinks is not.
      gracefulStop: '4s',
      gracefulRampDown: '4s',
    },
  },
  // Somebody who waits longer for a page notices.
  thresholds: { ...noneFailed(1), [metricName('read', 0)]: ['p(95)<=100'] },
};

let random: ReturnType<typeof createRandom> | undefined;

/** One request, and the pause after it. */
export function behave(): void {
  random ??= createRandom(mixSeeds(plan.seed, exec.vu.idInTest));
  request(draw(random), now() < begin ? unmeasured : 0, random());
  sleep(drawThinkSeconds(random, plan.thinkSeconds));
}

/** Writes the summary where the harness reads it. */
export const handleSummary = (data: unknown) => ({ [plan.summaryFile]: JSON.stringify(data) });

export { setup } from './common-options.ts';
