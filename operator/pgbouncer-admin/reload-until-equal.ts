import { type AdminConsoleTarget, withAdminConsole } from './admin-console.ts';
import { type SettingDifference, settingDifferences } from './setting-differences.ts';

/** What one pooler answered: it runs the planned settings, or what differs still, or why it couldn't be asked. */
export type ReloadOutcome =
  | { readonly kind: 'equal'; readonly reloaded: boolean }
  | { readonly kind: 'different'; readonly differences: readonly SettingDifference[] }
  | { readonly kind: 'unreachable'; readonly reason: string };

/**
 * Compares the settings of one PgBouncer with the planned ones, and RELOADs it once when they differ.
 * `different` after a RELOAD means the kubelet hasn't brought the new file into the pod yet: ask again later.
 */
export async function reloadUntilEqual(
  target: AdminConsoleTarget,
  expected: Readonly<Record<string, string | number>>,
): Promise<ReloadOutcome> {
  try {
    return await withAdminConsole(target, async (console): Promise<ReloadOutcome> => {
      if (settingDifferences(expected, await console.showConfig()).length === 0)
        return { kind: 'equal', reloaded: false };
      await console.reload();
      const differences = settingDifferences(expected, await console.showConfig());
      return differences.length === 0 ? { kind: 'equal', reloaded: true } : { kind: 'different', differences };
    });
  } catch (error) {
    return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
  }
}
