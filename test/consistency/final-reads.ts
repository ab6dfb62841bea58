import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller } from '@chatstack/service/testing/caller.ts';
import type { StalenessBounds } from './check-staleness.ts';
import type { FinalState, ToldMessage } from './history.ts';
import type { Recorder } from './recorder.ts';
import type { Session } from './session.ts';
import type { RunningSystem } from './system.ts';

/**
 * How stale plain readers may be shown a page. Calm: one event reaches every process; the rest is for a machine that pauses.
 * With faults: a relay takes what is a second old, in rounds of a second, and waits up to 5 s after Postgres was away.
 */
export const BOUNDS: StalenessBounds = { calm: 4_000, fault: 12_000 };

/** Without faults: all have a page in every cache, one sends, and when the bound is over all see it. */
export async function provePropagation(sessions: readonly Session[], ids: readonly string[]): Promise<void> {
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

/** Every message, straight from Postgres by keyset pages, oldest first; as one of the participants sees it. */
export async function readState({ replicas }: RunningSystem, id: string, userId: string): Promise<FinalState> {
  const caller = createCaller(replicas[0]?.url ?? '');
  const messages: ToldMessage[] = [];
  for (;;) {
    const { body } = await caller.read(id, userId, `after=${messages.at(-1)?.seq ?? 0}&limit=100`);
    messages.push(...(body.messages as ToldMessage[]).toReversed());
    if (!body.hasNewer) return { version: body.version as number, messages };
  }
}

/** The states of conversations of the users of experiments. */
export async function readStates(system: RunningSystem, ids: readonly string[]): Promise<Map<string, FinalState>> {
  return new Map(await Promise.all(ids.map(async (id) => [id, await readState(system, id, 'ann')] as const)));
}

/** Plain readers, on any replica, until all see the newest version; the checker judges how long that took. */
export async function readUntilFresh(sessions: readonly Session[], id: string, version: number, recorder: Recorder) {
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
