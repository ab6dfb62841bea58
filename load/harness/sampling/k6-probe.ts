import { totals } from '../../k6/k6-plan.ts';
import type { Probe } from './probe.ts';

type Metric = { readonly data: { readonly attributes: { readonly sample: { readonly count?: number } } } };

/** Asks k6 itself, at its REST address, how many answers came since the read before. */
export function openK6Probe(address: string): Probe {
  const countOf = async (name: string): Promise<number> => {
    const answer = await fetch(`http://${address}/v1/metrics/${name}`, { signal: AbortSignal.timeout(900) });
    if (answer.status === 404) return 0; // nothing was counted yet
    return ((await answer.json()) as Metric).data.attributes.sample.count ?? 0;
  };
  let last = { answered: 0, failed: 0 };
  return {
    read: async () => {
      const [answered, failed] = await Promise.all([countOf(totals.answered), countOf(totals.failed)]);
      const reading = { answers: answered - last.answered, failed: failed - last.failed };
      last = { answered, failed };
      return reading;
    },
  };
}
