import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller } from '@chatstack/service/testing/caller.ts';
import type { StalenessBounds } from './check-staleness.ts';
import { FAULTS, type Fault } from './faults.ts';
import type { FinalState, History, PagePlace, ToldMessage } from './history.ts';
import { choose, createRandom } from './random.ts';
import { Recorder } from './recorder.ts';
import { Session, WAYS_TO_CHANGE, WAYS_TO_SEND, type WayToChange, type WayToSend } from './session.ts';
import type { RunningSystem } from './system.ts';

/** What one session does, in one of the conversations. */
export type Operation =
  | { readonly kind: 'send'; readonly way: WayToSend }
  | { readonly kind: 'change'; readonly way: WayToChange; readonly which: number }
  | { readonly kind: 'read'; readonly place: PagePlace }
  | { readonly kind: 'read plainly'; readonly limit: number; readonly offset: number };

/** One step of an experiment; a fault ends by itself after some time, while the next steps go on. */
export type Step =
  | { readonly kind: 'fault'; readonly name: string; readonly milliseconds: number }
  | { readonly kind: 'pause'; readonly milliseconds: number }
  /** Every fault has ended, and so many writes are acknowledged without one. */
  | { readonly kind: 'calm'; readonly writes: number }
  | { readonly kind: 'operation'; readonly conversation: number; readonly operation: Operation };

/** What an experiment came to. */
export type Outcome = { readonly history: History; readonly recorder: Recorder };

/**
 * How stale plain readers may be shown a page. Calm: one event reaches every process; the rest is for a machine that pauses.
 * With faults: a relay takes what is a second old, in rounds of a second, and waits up to 5 s after Postgres was away.
 */
export const BOUNDS: StalenessBounds = { calm: 2_000, fault: 8_000 };

const USERS = ['ann', 'ben', 'cleo', 'dan'];
/** The last one is quiet: only steps send there, so that nothing but their announcement makes its cached pages fresh. */
const CONVERSATIONS = 3;

/** Acknowledged writes before the first step: faults that meet no load prove nothing. */
const LEAST_LOAD = 30;

/** Plays steps while users write and read all the time, ends every fault, and reads everything. */
export async function runExperiment(system: RunningSystem, steps: readonly Step[], seed: number): Promise<Outcome> {
  const recorder = new Recorder();
  const random = createRandom(seed);
  const ids = await Promise.all(Array.from({ length: CONVERSATIONS }, () => system.stack.createConversation(USERS)));
  const choosePort = () => choose(system.replicas, random).port;
  const sessions = await Promise.all(
    [...USERS, ...USERS].map((userId, index) =>
      Session.start({ name: `${userId}/${index}`, userId, choosePort, recorder }),
    ),
  );
  const [director, ...crowd] = sessions as [Session, ...Session[]];
  const state = { isOver: false };
  try {
    const traffic = crowd.map((session, index) => keepBusy(session, ids, createRandom(seed + index), state));
    const play = playSteps(system, steps, { director, ids, recorder }).finally(() => {
      state.isOver = true;
    });
    await Promise.all([play, ...traffic]);
    await system.awaitHealth();
    await provePropagation(sessions, ids);
    const final = new Map(await Promise.all(ids.map(async (id) => [id, await readAll(system, id)] as const)));
    await Promise.all(ids.map((id) => readUntilFresh(crowd, id, final.get(id)?.version ?? 0, recorder)));
    return {
      history: { writes: recorder.writes, reads: recorder.reads, streams: [], faults: recorder.faults, final },
      recorder,
    };
  } finally {
    await Promise.all(sessions.map((session) => session.stop()));
  }
}

type Stage = { readonly director: Session; readonly ids: readonly string[]; readonly recorder: Recorder };

/** A step that is impossible at the moment, because another fault has that part of the system, is left out. */
async function playSteps(system: RunningSystem, steps: readonly Step[], { director, ids, recorder }: Stage) {
  const busy = new Map<string, Promise<void>>();
  await awaitWrites(recorder, LEAST_LOAD);
  for (const step of steps) {
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

/** So many more acknowledged writes; as many as come within 30 s. */
async function awaitWrites(recorder: Recorder, count: number): Promise<void> {
  const enough = recorder.acknowledged + count;
  const deadline = performance.now() + 30_000;
  while (recorder.acknowledged < enough && performance.now() < deadline) await sleep(10);
}

async function inflict(system: RunningSystem, fault: Fault, step: Step & { kind: 'fault' }, recorder: Recorder) {
  const start = performance.now();
  await fault.begin(system);
  await sleep(step.milliseconds);
  await fault.end(system);
  recorder.faults.push({ name: step.name, start, end: performance.now() });
}

async function operate(session: Session, id: string, operation: Operation): Promise<void> {
  if (operation.kind === 'send') await session.send(id, operation.way);
  else if (operation.kind === 'change') await session.change(id, operation.way, operation.which);
  else if (operation.kind === 'read') await session.read(id, operation.place);
  else await session.readPlainly(id, operation.limit, operation.offset);
}

/** Does one thing after the other, now and then over new connections, until it is over. */
async function keepBusy(
  session: Session,
  ids: readonly string[],
  random: () => number,
  state: { isOver: boolean },
): Promise<void> {
  const quiet = ids.at(-1);
  while (!state.isOver) {
    if (random() < 0.2) session.moveOn();
    const id = choose(ids, random);
    const operation = drawOperation(random);
    if (id !== quiet || operation.kind === 'read' || operation.kind === 'read plainly')
      await operate(session, id, operation);
    await sleep(random() * 15);
  }
}

function drawOperation(random: () => number): Operation {
  const kind = random();
  const limit = choose([1, 3, 20, 50], random);
  if (kind < 0.2) return { kind: 'send', way: random() < 0.7 ? 'usual' : choose(WAYS_TO_SEND, random) };
  if (kind < 0.3) return { kind: 'change', way: choose(WAYS_TO_CHANGE, random), which: Math.floor(random() * 1_000) };
  if (kind < 0.6) return { kind: 'read plainly', limit, offset: choose([0, 0, 0, 5], random) };
  if (kind < 0.85) return { kind: 'read', place: { limit, offset: choose([0, 0, 0, 5], random) } };
  const seq = 1 + Math.floor(random() * 60);
  return {
    kind: 'read',
    place: choose(
      [
        { limit, before: seq },
        { limit, after: seq },
        { limit, around: seq },
      ],
      random,
    ),
  };
}

/** Without faults: all have a page in every cache, one sends, and when the bound is over all see it. */
async function provePropagation(sessions: readonly Session[], ids: readonly string[]): Promise<void> {
  const [first] = sessions as [Session];
  const readAll = async () => {
    for (const session of sessions) session.moveOn();
    for (const id of ids) await Promise.all(sessions.map((session) => session.readPlainly(id, 20, 0)));
  };
  for (let times = 0; times < 3; times += 1) await readAll();
  for (const id of ids) await first.send(id, 'usual');
  await sleep(BOUNDS.calm);
  for (let times = 0; times < 3; times += 1) await readAll();
}

/** Every message, straight from Postgres by keyset pages, oldest first. */
async function readAll({ replicas }: RunningSystem, id: string): Promise<FinalState> {
  const caller = createCaller(replicas[0]?.url ?? '');
  const messages: ToldMessage[] = [];
  for (;;) {
    const { body } = await caller.read(id, 'ann', `after=${messages.at(-1)?.seq ?? 0}&limit=100`);
    messages.push(...(body.messages as ToldMessage[]).toReversed());
    if (!body.hasNewer) return { version: body.version as number, messages };
  }
}

/** Plain readers, on any replica, until all see the newest version; the checker judges how long that took. */
async function readUntilFresh(sessions: readonly Session[], id: string, version: number, recorder: Recorder) {
  const deadline = performance.now() + BOUNDS.fault + BOUNDS.calm;
  for (const session of sessions) {
    do {
      session.moveOn();
      await session.readPlainly(id, 50, 0);
      await sleep(10);
    } while (isBehind(recorder, id, version) && performance.now() < deadline);
  }
}

function isBehind({ reads }: Recorder, id: string, version: number): boolean {
  const last = reads.findLast(({ conversationId, minVersion }) => conversationId === id && minVersion === undefined);
  return (last?.version ?? 0) < version;
}
