import { type Group, mostOf } from './groups.ts';
import type { LoadRun } from './load-run.ts';
import { ceilingOf, isMachineFull, isOfStack, processorTimeOf, SATURATED } from './processor-time.ts';

/** A process of a stack, the cores it kept busy, those it can use, and the share (0…1) of the first in the second. */
export type Use = { readonly name: string; readonly cores: number; readonly ceiling: number; readonly share: number };

/** What kept a stack from answering more; `next` is the process that would run out after it. */
export type Bottleneck = { readonly next: Use | undefined } & (
  | { readonly kind: 'process'; readonly use: Use }
  | { readonly kind: 'machine'; readonly cores: ReadonlyMap<string, number> }
  | { readonly kind: 'pool'; readonly queueWaitMilliseconds: number }
  | { readonly kind: 'unknown' }
);

/** A client that waits this long for a connection, in milliseconds, waits for the pool: a query takes a few. */
export const LONG_WAIT = 50;

/** How much of what it can use each process of a group's stack used, most first. */
export function usesOf({ blocks, configuration }: Group, { environment, configurations }: LoadRun): readonly Use[] {
  const fields = configurations.find(({ name }) => name === configuration)?.fields ?? {};
  return [...processorTimeOf(blocks).processes]
    .filter(([name]) => isOfStack(name))
    .map(([name, cores]) => {
      const ceiling = ceilingOf(name, fields, environment);
      return { name, cores, ceiling, share: cores / ceiling };
    })
    .toSorted((one, other) => other.share - one.share);
}

/**
 * What a group ran out of first: a process of all the cores it can use, else the machine of its cores, else the pool of connections.
 * A process comes first, for more cores would not help it; one that can use all cores is full when the machine is.
 */
export function findBottleneck(group: Group, run: LoadRun): Bottleneck {
  const [first, second] = usesOf(group, run);
  const used = processorTimeOf(group.blocks);
  const { cores } = run.environment;
  if (first !== undefined && first.share >= SATURATED && first.ceiling < cores)
    return { kind: 'process', use: first, next: second };
  if (isMachineFull(used, cores)) return { kind: 'machine', cores: used.processes, next: first };
  if (first !== undefined && first.share >= SATURATED) return { kind: 'process', use: first, next: second };
  const wait = mostOf(group.blocks, 'queueWaitMilliseconds');
  if (wait !== undefined && wait >= LONG_WAIT) return { kind: 'pool', queueWaitMilliseconds: wait, next: first };
  return { kind: 'unknown', next: first };
}
