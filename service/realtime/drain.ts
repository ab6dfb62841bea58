import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.ts';

/** Within which time clients come back where a drain takes none, in milliseconds: not all in one moment. */
const SPREAD_WITHOUT_DELAY = 1_000;

const STEP = 50;

/**
 * Sends everybody away, a few at a time over `overMs`, so that the other processes are not asked for everything at once: each
 * learns now when to connect again, and is closed then. Over no time at all everybody is closed now. Resolves when all are.
 */
export async function drainConnections(all: Iterable<Connection>, overMs: number, random = Math.random): Promise<void> {
  const leaving = [...all].filter((connection) => connection.isOpen);
  const window = overMs * 0.9; // so that the last closing handshakes end in time
  const due = leaving.map((connection) => {
    const at = random() * (window || SPREAD_WITHOUT_DELAY);
    connection.tell({ type: 'reconnect', inMs: Math.round(at) });
    return { connection, at: window === 0 ? 0 : at };
  });
  due.sort((one, other) => one.at - other.at);
  const start = performance.now();
  for (const { connection, at } of due) {
    while (at > performance.now() - start) await sleep(STEP);
    connection.close('draining');
  }
}
