import { describeLoad, sampledValues } from '../../results/groups.ts';
import type { Block } from '../../results/load-run.ts';
import { isMachineFull, processorTimeOf } from '../../results/processor-time.ts';
import { latencyAt } from '../../statistics/mixture.ts';
import { meanOf } from '../../statistics/spread.ts';

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 0 });
const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

/** What was measured, in one line: target, answers, p95 of each kind, failures, hit ratio, and who had the processor. */
export function describeBlock(block: Block, cores: number): string {
  const { target, requests, latency } = block;
  const hits = sampledValues([block], 'hitRatio');
  const used = processorTimeOf([block]);
  const generator = used.processes.get('generator');
  return [
    `${block.configuration} ${describeLoad(target)}`.padEnd(32),
    `${number(requests.perSecond)}/s answered`,
    ...Object.entries(latency).map(([kind, found]) => `${kind} p95 ${milliseconds(latencyAt(found, 0.95))}`),
    `${number(requests.failed)} failed`,
    ...(hits.length === 0 ? [] : [`hits ${(meanOf(hits) * 100).toFixed(0)} %`]),
    ...(generator === undefined ? [] : [`generator ${generator.toFixed(2)} cores`]),
    ...(isMachineFull(used, cores) ? ['machine full'] : []),
  ].join('  ');
}
