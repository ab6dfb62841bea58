import type { Block } from '../../results/load-run.ts';
import { longestLogin, type PgbenchPlan, startPgbench } from '../generator/pgbench.ts';
import type { Stack } from '../stacks/stack.ts';
import { type BlockName, type MeasureSetting, watch } from './measure.ts';

/** Puts clients straight at a stack's pooler and answers the block. Throws as `measure` does. */
export async function measurePooler(
  name: BlockName,
  { stack, plan, program }: { readonly stack: Stack; readonly plan: PgbenchPlan; readonly program: string },
  setting: Omit<MeasureSetting, 'k6'>,
): Promise<Block> {
  const { pooler } = stack;
  if (pooler === undefined) throw new Error('expected a stack with a pooler, found one without');
  const { seconds, clients, rate } = plan;
  // Logins come before the measured part, and are no part of what is watched.
  const patience = seconds + longestLogin;
  const seen = await watch({ name, stack, seconds, patience }, () => startPgbench(program, pooler, plan), setting);
  const { latency, aborted } = seen.outcome;
  const target = { connections: clients, arrivalRate: rate };
  const span = { start: 0, seconds, target, lead: 0 };
  return {
    ...{ ...name, startedAt: seen.startedAt(span), seconds, target },
    requests: {
      ...{ answered: latency.count, failed: aborted, dropped: 0, perSecond: latency.count / seconds },
      errors: aborted > 0 ? { 'socket closed': aborted } : {},
    },
    latency: { query: latency },
    ...(seen.restarts === undefined ? {} : { restarts: seen.restarts }),
    samples: seen.samplesOf(span),
  };
}
