import type { RunOptions } from '../faults/run-fault.ts';
import { type EndToEndContext, serviceUrl } from './context.ts';

/**
 * A load for faults within these tests, whose requests come through the API server. How fast that is says nothing of the stack, so half
 * of the rate will do, and a run that a busy machine spoils before the fault is made again.
 */
export const loadThroughProxy = (context: EndToEndContext): RunOptions => ({
  rate: 20,
  conversations: 12,
  baseUrl: serviceUrl(context),
  steadySeconds: 3,
  patienceSeconds: 180,
  wanted: { postgres: 1, pgbouncer: 2, redis: 1, service: 2, operator: 1 },
  demands: { tolerance: 0.5, calmShare: 0.5, tries: 6 },
});
