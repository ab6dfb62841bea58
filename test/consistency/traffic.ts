import { setTimeout as sleep } from 'node:timers/promises';
import { choose } from './choose.ts';
import type { PagePlace } from './history.ts';
import { type Session, WAYS_TO_CHANGE, WAYS_TO_SEND, type WayToChange, type WayToSend } from './session.ts';
import type { Subscriber } from './subscriber.ts';

/** What one session does, in one of the conversations. */
export type Operation =
  | { readonly kind: 'send'; readonly way: WayToSend }
  | { readonly kind: 'change'; readonly way: WayToChange; readonly which: number }
  | { readonly kind: 'read'; readonly place: PagePlace }
  | { readonly kind: 'read plainly'; readonly limit: number; readonly offset: number };

/** What ends traffic. */
export type Traffic = { isOver: boolean };

/** Has a session do something. */
export async function operate(session: Session, id: string, operation: Operation): Promise<void> {
  if (operation.kind === 'send') await session.send(id, operation.way);
  else if (operation.kind === 'change') await session.change(id, operation.way, operation.which);
  else if (operation.kind === 'read') await session.read(id, operation.place);
  else await session.readPlainly(id, operation.limit, operation.offset);
}

/** Does one thing after the other, now and then over new connections. Nothing but steps writes to the last conversation. */
export async function keepBusy(
  session: Session,
  ids: readonly string[],
  random: () => number,
  traffic: Traffic,
): Promise<void> {
  const quiet = ids.at(-1);
  while (!traffic.isOver) {
    if (random() < 0.2) session.moveOn();
    const id = choose(ids, random);
    const operation = drawOperation(random);
    if (id !== quiet || operation.kind === 'read' || operation.kind === 'read plainly')
      await operate(session, id, operation);
    await sleep(random() * 15);
  }
}

/** Breaks the connection of a subscriber now and then. */
export async function keepMoving(subscribers: readonly Subscriber[], random: () => number, traffic: Traffic) {
  while (!traffic.isOver) {
    await sleep(100 + random() * 400);
    choose(subscribers, random).moveOn();
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
