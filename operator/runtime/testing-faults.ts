import type { Fault, SeenRequest, TestingProxy } from './testing-proxy.ts';

/** Numbers between 0 and 1 that are the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Faults that were injected, such as `lost answer PATCH`. */
export type Injected = string[];

/** How many faults, and how often. */
export interface RandomFaultsOptions {
  readonly seed: number;
  /** After so many the proxy behaves. */
  readonly count: number;
  /** Of each request and line of a watch, between 0 and 1. */
  readonly probability: number;
}

const tooOld = JSON.stringify({
  type: 'ERROR',
  object: { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired', message: 'too old resource version' },
});

/**
 * Makes a proxy misbehave at random: requests are cut before or after the server acts, answered 429, 500 or (lists, watches) 410,
 * delayed, or (reads) answered with old state; lines of watches are doubled, delayed, or followed by an expiry or a cut.
 */
export function injectRandomFaults(proxy: TestingProxy, { seed, count, probability }: RandomFaultsOptions): Injected {
  const random = createRandom(seed);
  const injected: Injected = [];
  const later = () => new Promise<void>((resolve) => setTimeout(resolve, random() * 50));
  const isDue = () => injected.length < count && random() < probability;
  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;

  proxy.fault = (request) => {
    if (!isDue()) return undefined;
    const [name, build] = pick(faultsOf(request));
    injected.push(`${name} ${request.isWatch ? 'WATCH' : request.method}`);
    return build(later);
  };
  proxy.lines = async (line) => {
    if (!isDue()) return [line];
    const kind = pick(['doubled', 'delayed', 'expired', 'cut'] as const);
    injected.push(`${kind} line`);
    if (kind === 'delayed') await later();
    if (kind === 'cut') setImmediate(() => proxy.cutWatches());
    return { doubled: [line, line], delayed: [line], expired: [line, tooOld], cut: [line] }[kind];
  };
  return injected;
}

type Named = readonly [name: string, build: (later: () => Promise<void>) => Fault];

const always: readonly Named[] = [
  ['cut', () => 'cut'],
  ['429', () => ({ status: 429, headers: { 'retry-after': '0' } })],
  ['500', () => ({ status: 500 })],
  ['delayed', (later) => ({ until: later() })],
];
const ofReads: readonly Named[] = [...always, ['410', () => ({ status: 410 })], ['old state', () => 'replay']];
const ofWatches: readonly Named[] = [...always, ['410', () => ({ status: 410 })]];
const ofWrites: readonly Named[] = [...always, ['lost answer', () => 'lost answer']];

function faultsOf({ method, isWatch }: SeenRequest): readonly Named[] {
  if (isWatch) return ofWatches;
  return method === 'GET' ? ofReads : ofWrites;
}
