import { setTimeout as sleep } from 'node:timers/promises';
import { describeMessage } from './telemetry/error-fields.ts';

/** One step of ending: what it does, and how long it may take, in milliseconds. */
export type ShutdownStep = {
  readonly name: string;
  readonly patienceMs: number;
  readonly run: () => Promise<unknown> | unknown;
};

/** How long an ending service waits before it stops accepting, and then for what is under way, in seconds. */
export type ShutdownPatience = { readonly delaySeconds: number; readonly graceSeconds: number };

/**
 * Takes steps one after the other. A step that fails, or takes longer than it may, is told and left behind, so that the whole
 * never takes longer than all of them together: whoever waits for the end (a kubelet) kills without asking.
 */
export async function takeSteps(steps: readonly ShutdownStep[], tell: (message: string) => void): Promise<void> {
  for (const { name, patienceMs, run } of steps) {
    const overdue = new AbortController();
    try {
      const end = await Promise.race([
        Promise.resolve(run()).then(() => 'done' as const),
        sleep(patienceMs, 'late' as const, { signal: overdue.signal }),
      ]);
      if (end === 'late') tell(`Shutdown: ${name} took longer than ${patienceMs} ms and was left behind`);
    } catch (error) {
      tell(`Shutdown: ${name} failed: ${describeMessage(error)}`);
    } finally {
      overdue.abort();
    }
  }
}
