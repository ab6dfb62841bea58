import { setTimeout as elapse } from 'node:timers/promises';
import { serviceAddress } from './address.ts';
import type { Fault } from './fault.ts';
import { ChatLoad } from './load/chat-load.ts';
import { failuresOf, isCalm, type Measurement, measure, rateOf } from './load/measure.ts';
import type { Scene } from './scene.ts';
import { type SettledWatch, type WantedPods, watchSettled } from './settled.ts';

/** How a run is made. Seconds, and requests per second. */
export type RunOptions = {
  readonly rate: number;
  readonly conversations: number;
  readonly baseUrl: string | undefined;
  /** How long the load is measured before the fault. */
  readonly steadySeconds: number;
  /** How long a stack may take to come back by itself. */
  readonly patienceSeconds: number;
  readonly wanted: WantedPods;
  /** When a run counts. */
  readonly demands: Demands;
};

/** What a run asks of the machine. Shares are parts of the rate. */
export type Demands = {
  /** By which share a load may miss its rate for its run to count: too few are no load, too many make up for a stall before. */
  readonly tolerance: number;
  /** Which share must be answered again for a fault to be over. */
  readonly calmShare: number;
  /** How often a void run is made at most. */
  readonly tries: number;
};

/** What figures need: a machine that has more than the load takes. */
export const MEASURED: Demands = { tolerance: 0.05, calmShare: 0.9, tries: 2 };

/** What a run of a fault showed. Seconds are counted from the beginning of the fault, but for `recovery`. */
export type Run = Measurement & {
  readonly name: string;
  /** Answered requests per second before the fault. */
  readonly rateBefore: number;
  /** Why the run says nothing: the load before the fault was not what it should be. */
  readonly void?: string;
  /** From the end of the fault (its beginning, where it has no end) until no request failed any more and the stack was Ready. */
  readonly recovery?: number;
  /** Restarts of containers, of the operator too. */
  readonly restarts: number;
  readonly acknowledged: number;
  /** What is wrong with the final read: messages lost, twice or out of order. */
  readonly violations: readonly string[];
  /** A figure of this fault alone. */
  readonly figure?: string;
};

/** How long everything must be well before a fault counts as over, in milliseconds. */
const CALM_MS = 5_000;

/** How long clients are watched at least after a fault: what it does to probes and containers shows by then, in milliseconds. */
const WATCHED_MS = 10_000;

/** How often that is looked at, in milliseconds. */
const LOOK_MS = 250;

/** Clients and processes of the service warm up this long, unmeasured. */
const WARM_UP_MS = 3_000;

/** Does a fault to the stack under load and measures what clients see. A void run is repeated as often as is asked for. */
export async function runFault(scene: Scene, fault: Fault, options: RunOptions): Promise<Run> {
  for (let tries = 1; ; tries += 1) {
    const run = await runOnce(scene, fault, options);
    if (run.void === undefined || tries >= options.demands.tries) return run;
  }
}

async function runOnce(scene: Scene, fault: Fault, options: RunOptions): Promise<Run> {
  await fault.prepare?.(scene);
  const watch = watchSettled(scene, options.wanted);
  try {
    await until(() => isSettledFor(watch, CALM_MS), options.patienceSeconds, 'the stack to be Ready before the fault');
    return await runUnderLoad(scene, fault, options, watch);
  } finally {
    await watch.stop();
    await fault.restore?.(scene);
  }
}

async function runUnderLoad(scene: Scene, fault: Fault, options: RunOptions, watch: SettledWatch): Promise<Run> {
  const baseUrl = options.baseUrl ?? (await serviceAddress(scene));
  const load = await ChatLoad.start({ baseUrl, rate: options.rate, conversations: options.conversations });
  try {
    await elapse(WARM_UP_MS);
    const steadyAt = performance.now();
    await elapse(options.steadySeconds * 1000);
    const injectedAt = performance.now();
    const rateBefore = rateOf(load.requests, steadyAt, injectedAt);
    const failedBefore = failuresOf(load.requests, steadyAt, injectedAt);
    const found = { name: fault.name, rateBefore };
    const { tolerance, calmShare } = options.demands;
    const isVoid = Math.abs(rateBefore - options.rate) > tolerance * options.rate || failedBefore > 0;

    if (isVoid) {
      const reason = `before the fault ${rateBefore.toFixed(0)} of ${options.rate} requests/s were answered, ${failedBefore} failed`;
      return { ...found, ...measure(load.requests, steadyAt), ...emptyRun, void: reason };
    }
    const figure = await fault.inject(scene);
    if (fault.holdSeconds !== undefined) await elapse(injectedAt + fault.holdSeconds * 1000 - performance.now());
    await fault.heal?.(scene);
    const endedAt = performance.now();
    const countedFrom = fault.holdSeconds === undefined ? injectedAt : endedAt;

    const isOver = () =>
      performance.now() - endedAt > WATCHED_MS &&
      isSettledFor(watch, CALM_MS) &&
      isCalm(load.requests, calmShare * options.rate, performance.now(), CALM_MS);
    const isRecovered = await until(isOver, options.patienceSeconds).then(
      () => true,
      () => false,
    );
    await load.stop();
    const measured = measure(load.requests, injectedAt);
    const lastErrorAt = injectedAt + (measured.lastError ?? 0) * 1000;
    const wellAt = Math.max(lastErrorAt, watch.settledSince ?? 0);
    const violations = isRecovered ? await load.findViolations() : [];
    return {
      ...found,
      ...measured,
      ...(isRecovered ? { recovery: Math.max(0, wellAt - countedFrom) / 1000 } : {}),
      restarts: watch.restarts,
      acknowledged: load.acknowledged,
      violations: violations.map(({ rule, detail }) => `${rule}: ${detail}`),
      ...(figure === undefined ? {} : { figure }),
    };
  } finally {
    await load.stop();
  }
}

const emptyRun = { restarts: 0, acknowledged: 0, violations: [] } as const;

function isSettledFor({ settledSince }: SettledWatch, milliseconds: number): boolean {
  return settledSince !== undefined && performance.now() - settledSince >= milliseconds;
}

async function until(holds: () => boolean, seconds: number, what = 'the stack to recover'): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`expected ${what} within ${seconds} s`);
    await elapse(LOOK_MS);
  }
}
