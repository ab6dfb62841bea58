import { parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { usesOf } from '../../results/bottleneck.ts';
import { describeLoad, failedShare, type Group, mostOf } from '../../results/groups.ts';
import type { LoadRun } from '../../results/load-run.ts';
import { isMachineFull, processorTimeOf } from '../../results/processor-time.ts';
import { meanOf, medianOf } from '../../statistics/spread.ts';
import { hitRatiosOf } from '../criteria/cache-criteria.ts';

/** What was seen of a stack under one load, as far as a field could change it. */
export type Facts = {
  /** Scenario and load, in words. */
  readonly load: string;
  readonly connections: number | undefined;
  /** Longest wait for a connection of the pool, in milliseconds. */
  readonly queueWait: number | undefined;
  /** Process → share of the cores it can use that it kept busy. */
  readonly shares: Readonly<Record<string, number | undefined>>;
  readonly isMachineFull: boolean;
  readonly hitRatio: number | undefined;
  readonly redisBytes: number | undefined;
  /** Share of the requests that failed. */
  readonly failed: number;
  /** What a field of the ChatStack is: as it was planned, else its default. Undefined: it is unset, and nothing was planned. */
  readonly present: (field: string) => string | number | undefined;
};

const defaults = (): unknown => {
  const parsed = parseChatStackSpec({});
  return parsed.ok ? parsed.spec : {};
};

const valueAt = (spec: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], spec);

type Fields = LoadRun['configurations'][number]['fields'];

/** What was planned for a field; the plan tells requests and limits in one line, such as `cpu 300m, memory 384Mi (at most 768Mi)`. */
const plannedValue = (fields: Fields, field: string): string | number | undefined =>
  fields[field] ?? /^cpu (\w+),/.exec(String(fields[field.replace(/\.requests\.cpu$/, '')] ?? ''))?.[1];

/** Facts about a group, out of its run. */
export function gatherFacts(group: Group, run: LoadRun): Facts {
  const spec = defaults();
  const fields = run.configurations.find(({ name }) => name === group.configuration)?.fields ?? {};
  const ratios = hitRatiosOf(group);
  return {
    load: `${group.scenario}, ${describeLoad(group.target)}`,
    connections: group.target.connections,
    queueWait: mostOf(group.blocks, 'queueWaitMilliseconds'),
    shares: Object.fromEntries(usesOf(group, run).map(({ name, share }) => [name, share])),
    isMachineFull: isMachineFull(processorTimeOf(group.blocks), run.environment.cores),
    hitRatio: ratios.length === 0 ? undefined : medianOf(ratios),
    redisBytes: mostOf(group.blocks, 'redisBytes'),
    failed: meanOf(group.blocks.map(failedShare)),
    present: (field) => {
      const value = plannedValue(fields, field) ?? valueAt(spec, field.split('.'));
      return typeof value === 'string' || typeof value === 'number' ? value : undefined;
    },
  };
}
