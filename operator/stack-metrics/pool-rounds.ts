import type { PoolsAnswer } from '../pgbouncer-admin/ask-pools.ts';
import type { RoomAnswer } from '../postgres-room/ask-room.ts';
import { type Clock, pause } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { ObjectKey } from '../runtime/object.ts';

/** One pooler that runs, and how it is asked. Asking never rejects and has a bound of its own. */
export interface AskablePooler {
  /** Name of its pod. */
  readonly pod: string;
  readonly ask: () => Promise<PoolsAnswer>;
}

/** What the servers of a stack said in a round. */
export interface RoundAnswers {
  /** By the names of the poolers' pods. */
  readonly pools: ReadonlyMap<string, PoolsAnswer>;
  /** Undefined where nobody could be asked. */
  readonly room: RoomAnswer | undefined;
}

/** What rounds are made of. */
export interface PoolRoundsOptions {
  /** The stacks of the moment. */
  readonly listStacks: () => readonly ObjectKey[];
  /** The poolers of a stack that run. */
  readonly listPoolers: (stack: ObjectKey) => readonly AskablePooler[];
  /** Whether Postgres has room on its disk; never rejects and has a bound of its own. Undefined where nobody can be asked. */
  readonly askRoom: (stack: ObjectKey) => Promise<RoomAnswer | undefined>;
  /** Told what was said. */
  readonly note: (stack: ObjectKey, answers: RoundAnswers) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Between the beginnings of two rounds, in milliseconds: the default of how often Prometheus scrapes. */
export const roundMilliseconds = 15_000;
/** Between the end of a round that took longer and the next one, in milliseconds. */
const restMilliseconds = 1000;
/** Stacks that are asked at the same time, one server of each: also the most connections there are. */
export const stacksAtOnce = 8;

/**
 * Asks every pooler what its pools are doing, and each stack whether its Postgres has room, round after round, until the signal aborts;
 * resolves when the last question has its answer.
 * A pooler is asked by one connection at a time. It says aloud once that some don't answer, and once that all do again: an operator that
 * runs outside of the cluster may reach none, for ever.
 */
export async function runPoolRounds(options: PoolRoundsOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  let hasComplained = false;
  let wait = roundMilliseconds;
  for (;;) {
    await pause(clock, wait, signal);
    if (signal.aborted) return;
    const begun = clock.elapsed();
    const round: Round = { asked: 0, failed: [] };
    // What these metrics are about must not end with them.
    await runRound(options, round, signal).catch((error: unknown) => log.error({ error }, 'a round to poolers failed'));
    const { asked, failed } = round;
    wait = Math.max(restMilliseconds, begun + roundMilliseconds - clock.elapsed());
    const [first] = failed;
    if (first !== undefined && !hasComplained) {
      const told = { asked, failed: failed.length, ...first };
      log.warn(told, 'some poolers could not be asked: metrics lack their pools; from outside of the cluster none can');
    } else if (first === undefined && hasComplained) {
      log.info({ asked }, 'every pooler can be asked again');
    }
    hasComplained = first !== undefined;
  }
}

interface Round {
  asked: number;
  readonly failed: { readonly pooler: string; readonly reason: string }[];
}

async function runRound(
  { listStacks, listPoolers, askRoom, note }: PoolRoundsOptions,
  round: Round,
  signal: AbortSignal,
): Promise<void> {
  const open = [...listStacks()];
  const work = async () => {
    for (let stack = open.shift(); stack !== undefined && !signal.aborted; stack = open.shift()) {
      const pools = new Map<string, PoolsAnswer>();
      for (const { pod, ask } of listPoolers(stack)) {
        const answer = await ask();
        pools.set(pod, answer);
        round.asked += 1;
        if (answer.kind === 'unreachable')
          round.failed.push({ pooler: `${stack.namespace}/${pod}`, reason: answer.reason });
      }
      note(stack, { pools, room: await askRoom(stack) });
    }
  };
  await Promise.all(Array.from({ length: stacksAtOnce }, work));
}
