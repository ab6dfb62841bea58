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

/** Who waits for as long after a pause has not been served by its end, in milliseconds. */
const servedMilliseconds = 1000;

/**
 * Ends a pause of one PgBouncer, whoever left it, compares its settings with the planned ones, and RELOADs it once when they differ.
 * `different` after a RELOAD means the kubelet hasn't brought the new file into the pod yet: ask again later. After a pause, `sparing`
 * leaves the RELOAD that takes the longer wait back to a later call, until those who waited have been served: Postgres may be there
 * some seconds before its Service leads to it.
 */
export async function reloadUntilEqual(
  target: AdminConsoleTarget,
  expected: Readonly<Record<string, string | number>>,
  { sparing = true }: { readonly sparing?: boolean } = {},
): Promise<ReloadOutcome> {
  try {
    return await withAdminConsole(target, async (console): Promise<ReloadOutcome> => {
      const told = (await console.resume()) ? ({ resumed: true } as const) : {};
      const found = settingDifferences(expected, await console.showConfig());
      if (found.length === 0) return { kind: 'equal', reloaded: false, ...told };
      if (sparing && (await wouldCutOff(console, found))) return { kind: 'different', differences: found, ...told };
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

/** Whether clients wait still for what a pause had them wait for. One who came since is served at once, or waits for the same. */
async function wouldCutOff(console: AdminConsole, differences: readonly SettingDifference[]): Promise<boolean> {
  if (!differences.some(({ name }) => name === waitSetting)) return false;
  const waits = (await console.showPools()).map(({ longestWaitMilliseconds }) => longestWaitMilliseconds);
  return Math.max(0, ...waits) >= servedMilliseconds;
}
