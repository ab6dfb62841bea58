import { type AdminConsole, type AdminConsoleTarget, withAdminConsole } from './admin-console.ts';
import { type SettingDifference, settingDifferences } from './setting-differences.ts';

/**
 * What one pooler answered: it runs the planned settings, or what differs still, or why it couldn't be asked. `resumed`: it was
 * paused, and is no longer.
 */
export type ReloadOutcome =
  | { readonly kind: 'equal'; readonly reloaded: boolean; readonly resumed?: true }
  | { readonly kind: 'different'; readonly differences: readonly SettingDifference[]; readonly resumed?: true }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** The setting that a pause raises. */
const waitSetting = 'query_wait_timeout';

/**
 * Ends a pause of one PgBouncer, whoever left it, compares its settings with the planned ones, and RELOADs it once when they differ.
 * `different` after a RELOAD means the kubelet hasn't brought the new file into the pod yet: ask again later. A RELOAD that would cut off
 * clients who had to wait for longer than they usually may is left to a later call, when they have been served.
 */
export async function reloadUntilEqual(
  target: AdminConsoleTarget,
  expected: Readonly<Record<string, string | number>>,
): Promise<ReloadOutcome> {
  try {
    return await withAdminConsole(target, async (console): Promise<ReloadOutcome> => {
      const told = (await console.resume()) ? ({ resumed: true } as const) : {};
      const found = settingDifferences(expected, await console.showConfig());
      if (found.length === 0) return { kind: 'equal', reloaded: false, ...told };
      if (await wouldCutOff(console, found)) return { kind: 'different', differences: found, ...told };
      await console.reload();
      const differences = settingDifferences(expected, await console.showConfig());
      return differences.length === 0
        ? { kind: 'equal', reloaded: true, ...told }
        : { kind: 'different', differences, ...told };
    });
  } catch (error) {
    return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function wouldCutOff(console: AdminConsole, differences: readonly SettingDifference[]): Promise<boolean> {
  const shorter = differences.find(({ name }) => name === waitSetting);
  // Whole seconds are shown: one that has waited for nearly as long counts too.
  if (shorter === undefined) return false;
  const waits = (await console.showPools()).map(({ longestWaitMilliseconds }) => longestWaitMilliseconds / 1000);
  return Math.max(0, ...waits) >= Math.max(Number(shorter.expected) - 1, 1);
}
