import { setTimeout as sleep } from 'node:timers/promises';

/** Less than the shortest time that a cached page may live (27 s), so that its end is never taken for what is waited for. */
const PATIENCE = 20_000;

/** Asks again and again until the answer is true; throws with the last error or `what` when it is not within 20 s. */
export async function eventually(what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (let last: unknown; ; await sleep(20)) {
    try {
      if (await ask()) return;
      last = undefined;
    } catch (error) {
      last = error; // what is asked may be away for now
    }
    if (performance.now() > deadline) throw new Error(`Expected within ${PATIENCE} ms that ${what}`, { cause: last });
  }
}
