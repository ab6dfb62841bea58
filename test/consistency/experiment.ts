import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '@chatstack/load/model/random.ts';
import { choose } from './choose.ts';
import { FAULTS, type Fault } from './faults.ts';
import { BOUNDS, provePropagation, readStates, readUntilFresh } from './final-reads.ts';
import type { History } from './history.ts';
import { Recorder } from './recorder.ts';
import { Session } from './session.ts';
import { Subscriber } from './subscriber.ts';
import type { RunningSystem } from './system.ts';
import { keepBusy, keepMoving, type Operation, operate } from './traffic.ts';

/** One step of an experiment; a fault ends by itself after some time, while the next steps go on. */
export type Step =
  | { readonly kind: 'fault'; readonly name: string; readonly milliseconds: number }
  | { readonly kind: 'pause'; readonly milliseconds: number }
  /** Every fault has ended, and so many writes are acknowledged without one. */
  | { readonly kind: 'calm'; readonly writes: number }
  | { readonly kind: 'operation'; readonly conversation: number; readonly operation: Operation };

/**
 * What is done in an experiment. The last fault comes when all is quiet but for one send in each conversation meanwhile; after it
 * an event without faults is proven to reach every cache.
 */
export type Plan = {
  readonly steps: readonly Step[];
  readonly last?: { readonly name: string; readonly milliseconds: number };
  /** Determines what users do of their own accord. */
  readonly seed: number;
};

/** What an experiment came to. */
export type Outcome = {
  readonly history: History;
  readonly recorder: Recorder;
  /** Connections that subscribers made. */
  readonly connections: number;
};

const USERS = ['ann', 'ben', 'cleo', 'dan'];
/** The last one is quiet: only steps send there, so that nothing but their announcement makes its cached pages fresh. */
const CONVERSATIONS = 3;

/** How long replicas may take to notice that a fault is over, in milliseconds: they ask Redis again every 500 ms. */
const RECOVERY = 1_000;

/** Acknowledged writes before the first step: faults that meet no load prove nothing. */
const LEAST_LOAD = 30;

/** Plays steps while users write and read all the time, ends every fault, and reads everything. */
export async function runExperiment(system: RunningSystem, { steps, last, seed }: Plan): Promise<Outcome> {
  const recorder = new Recorder();
  const random = createRandom(seed);
  const ids = await Promise.all(Array.from({ length: CONVERSATIONS }, () => system.stack.createConversation(USERS)));
  const choosePort = () => choose(system.replicas, random).port;
  const sessions = await Promise.all(
    [...USERS, ...USERS].map((userId, index) =>
      Session.start({ name: `${userId}/${index}`, userId, choosePort, recorder }),
    ),
  );
  const subscribers = await Promise.all(
    USERS.map((userId) => Subscriber.start(`subscriber ${userId}`, userId, choosePort, ids)),
  );
  const [director, ...crowd] = sessions as [Session, ...Session[]];
  const state = { isOver: false };
  try {
    const traffic = crowd.map((session, index) => keepBusy(session, ids, createRandom(seed + index), state));
    traffic.push(keepMoving(subscribers.slice(0, 2), createRandom(seed - 1), state));
    const play = playSteps(system, steps, { director, ids, recorder }).finally(() => {
      state.isOver = true;
    });
    await Promise.all([play, ...traffic]);
    if (last) await sendDuring(system, last, { director, ids, recorder });
    await system.awaitHealth();
    const found = await readStates(system, ids);
    await Promise.all(ids.map((id) => readUntilFresh(crowd, id, found.get(id)?.version ?? 0, recorder)));
    await Promise.all(subscribers.map((each) => each.reach(found, BOUNDS.fault)));
    if (last) await provePropagation(sessions, ids);
    const final = await readStates(system, ids);
    const streams = (await Promise.all(subscribers.map((each) => each.finish(final, BOUNDS.fault)))).flat();
    const { writes, reads, faults } = recorder;
    const connections = subscribers.reduce((sum, each) => sum + each.connections, 0);
    return { history: { writes, reads, streams, faults, final }, recorder, connections };
  } finally {
    await Promise.all([...sessions, ...subscribers].map((each) => each.stop()));
  }
}

type Stage = { readonly director: Session; readonly ids: readonly string[]; readonly recorder: Recorder };

/** A step that is impossible at the moment, because another fault has that part of the system, is left out. */
async function playSteps(system: RunningSystem, steps: readonly Step[], { director, ids, recorder }: Stage) {
  const busy = new Map<string, Promise<void>>();
  await awaitWrites(recorder, LEAST_LOAD);
  for (const step of steps) {
    director.moveOn();
    if (step.kind === 'pause') await sleep(step.milliseconds);
    if (step.kind === 'calm') {
      await Promise.all(busy.values()).then(() => system.awaitHealth());
      await awaitWrites(recorder, step.writes);
    }
    if (step.kind === 'operation') await operate(director, ids[step.conversation % ids.length] ?? '', step.operation);
    if (step.kind !== 'fault') continue;
    const fault = FAULTS[step.name] as Fault;
    if (busy.has(fault.part)) continue;
    const span = inflict(system, fault, step, recorder).finally(() => busy.delete(fault.part));
    busy.set(fault.part, span);
    span.catch(() => undefined); // awaited below
  }
  await Promise.all(busy.values());
}

/** Nothing comes after these sends that would make up for an announcement that was lost. */
async function sendDuring(system: RunningSystem, last: NonNullable<Plan['last']>, { director, ids, recorder }: Stage) {
  await system.awaitHealth();
  const fault = FAULTS[last.name] as Fault;
  const span = inflict(system, fault, last, recorder);
  await sleep(last.milliseconds / 4);
  for (const id of ids) {
    director.moveOn();
    await director.send(id, 'usual');
  }
  await span;
}

/** So many more acknowledged writes; as many as come within a minute. */
async function awaitWrites(recorder: Recorder, count: number): Promise<void> {
  const enough = recorder.acknowledged + count;
  const deadline = performance.now() + 60_000;
  while (recorder.acknowledged < enough && performance.now() < deadline) await sleep(10);
}

async function inflict(system: RunningSystem, fault: Fault, step: NonNullable<Plan['last']>, recorder: Recorder) {
  const start = performance.now();
  await fault.begin(system);
  await sleep(step.milliseconds);
  await fault.end(system);
  recorder.faults.push({ name: step.name, start, end: performance.now() + RECOVERY });
}
