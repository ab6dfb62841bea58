import { type AdminConsoleTarget, withAdminConsole } from './admin-console.ts';

/** How one pooler is paused. */
export interface PauseOptions {
  /** How long a client may wait while it is paused, in seconds, instead of its usual `query_wait_timeout`. */
  readonly waitSeconds: number;
}

/**
 * What became of a pause: `paused`, every transaction under way has ended; `busy`, clients wait, but some transaction goes on;
 * `unreachable`, nothing is known.
 */
export type PauseOutcome =
  | { readonly kind: 'paused' }
  | { readonly kind: 'busy' | 'unreachable'; readonly reason: string };

/**
 * Has the clients of one PgBouncer wait: those who begin a transaction are held, those within one finish it, within the target's
 * bound. The longer wait is a setting of the running process alone: the RELOAD that follows a RESUME takes it back.
 */
export async function pausePooler(target: AdminConsoleTarget, options: PauseOptions): Promise<PauseOutcome> {
  try {
    return await withAdminConsole(target, async (console): Promise<PauseOutcome> => {
      await console.set('query_wait_timeout', String(options.waitSeconds));
      try {
        await console.pause();
        return { kind: 'paused' };
      } catch (error) {
        return { kind: 'busy', reason: reasonOf(error) };
      }
    });
  } catch (error) {
    return { kind: 'unreachable', reason: reasonOf(error) };
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
