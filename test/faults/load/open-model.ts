/** How often due requests are looked for, in milliseconds. */
const TICK_MS = 5;

/**
 * Calls `begin` with 0, 1, 2 … at a steady rate (per second) until it is stopped. Nothing is waited for: requests come as they
 * do from many users who know nothing of each other, also while none is answered. What a pause of this process held up is
 * made up for at once.
 */
export function startOpenModel(rate: number, begin: (index: number) => void): { stop: () => void } {
  const startedAt = performance.now();
  let next = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) * rate) / 1000);
    for (; next < due; next += 1) begin(next);
  }, TICK_MS);
  return { stop: () => clearInterval(timer) };
}
