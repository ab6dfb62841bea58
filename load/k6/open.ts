import exec from 'k6/execution';
import { createRandom, mixSeeds } from '../model/random.ts';
import { createRequestModel } from '../model/request.ts';
import { createChatRequests } from './chat-requests.ts';
import { commonOptions, noneFailed } from './common-options.ts';
import { measuredSpans } from './k6-plan.ts';
import { createMeasures, now, unmeasured } from './measures.ts';
import { readPlan } from './read-plan.ts';

// Requests that arrive at a rate, whatever is answered: what takes long delays no other request.

const plan = readPlan('open');
const measures = createMeasures(measuredSpans(plan), ['read', 'send']);
const request = createChatRequests(plan, measures);
const draw = createRequestModel(plan.population, plan.readShare);

export const options = {
  ...commonOptions,
  scenarios: {
    arrivals: {
      exec: 'arrive',
      executor: 'ramping-arrival-rate',
      startRate: plan.phases[0]?.arrivalRate ?? 1,
      timeUnit: '1s',
      preAllocatedVUs: plan.virtualUsers,
      stages: plan.phases.flatMap(({ seconds, arrivalRate }) => [
        { target: arrivalRate, duration: '0s' },
        { target: arrivalRate, duration: `${seconds}s` },
      ]),
      gracefulStop: '11s',
    },
  },
  // A request that could not begin in time is one that was not measured: the span would look faster than it was.
  thresholds: { dropped_iterations: ['count==0'], ...noneFailed(measuredSpans(plan)) },
};

let end = 0;
let spans = 0;
const ends = plan.phases.map(({ seconds, measured }) => {
  end += seconds * 1000;
  spans += measured ? 1 : 0;
  return { end, span: measured ? spans - 1 : unmeasured };
});

/** The span that this moment belongs to. */
const spanNow = (): number => {
  const at = now();
  return (ends.find((phase) => at < phase.end) ?? ends[ends.length - 1])?.span ?? unmeasured;
};

/** One request, the same in every run of this seed. */
export function arrive(): void {
  const random = createRandom(mixSeeds(plan.seed, exec.scenario.iterationInTest));
  request(draw(random), spanNow(), random());
}

/** Writes the summary where the harness reads it. */
export const handleSummary = (data: unknown) => ({ [plan.summaryFile]: JSON.stringify(data) });

export { setup } from './common-options.ts';
