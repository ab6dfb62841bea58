/** One setting whose running value isn't the planned one. */
export interface SettingDifference {
  readonly name: string;
  readonly expected: string;
  /** `undefined` when this PgBouncer doesn't know the setting. */
  readonly found: string | undefined;
}

/**
 * Compares planned settings with those a PgBouncer runs with, by name.
 * PgBouncer prints numbers its own way (`600` as `600.0` where it keeps a duration), so numbers compare as numbers.
 */
export function settingDifferences(
  expected: Readonly<Record<string, string | number>>,
  found: ReadonlyMap<string, string>,
): SettingDifference[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const running = found.get(name);
    return running !== undefined && sameValue(String(value), running)
      ? []
      : [{ name, expected: String(value), found: running }];
  });
}

function sameValue(left: string, right: string): boolean {
  if (left === right) return true;
  if (left.trim() === '' || right.trim() === '') return false;
  return Number(left) === Number(right);
}
