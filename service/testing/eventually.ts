import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is true; throws with the last error or `what` when it is not within 10 s. */
export async function eventually(what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (let last: unknown; ; await sleep(20)) {
    try {
      if (await ask()) return;
      last = undefined;
    } catch (error) {
      last = error; // what is asked may be away for now
    }
    if (performance.now() > deadline) throw new Error(`Expected within 10 s that ${what}`, { cause: last });
  }
}
