import type { Bottleneck, Use } from '../results/bottleneck.ts';
import { formatCores, formatMilliseconds, formatShare } from './figures.ts';

const tell = ({ name, cores, ceiling, share }: Use): string =>
  `${name} (${formatCores(cores)} of ${ceiling} core${ceiling === 1 ? '' : 's'}, ${formatShare(share)})`;

/** What a stack ran out of, and what would be next, in sentences. */
export function describeBottleneck(bottleneck: Bottleneck): string {
  const next = bottleneck.next === undefined ? 'nothing that was sampled' : tell(bottleneck.next);
  switch (bottleneck.kind) {
    case 'process':
      return `Saturated is the ${tell(bottleneck.use)}, of which a process can use no more. The next to run out would be ${next}.`;
    case 'machine': {
      const shared = [...bottleneck.cores].map(([name, cores]) => `${name} ${formatCores(cores)}`).join(', ');
      return `Saturated is the machine, whose cores generator and stack share: ${shared}. With more of them, the first to run out would be ${next}.`;
    }
    case 'pool':
      return `No processor was saturated; clients waited up to ${formatMilliseconds(bottleneck.queueWaitMilliseconds)} for a connection of the pool. The next to run out would be ${next}.`;
    case 'unknown':
      return `Nothing that was sampled was saturated; nearest to it was ${next}.`;
  }
}
