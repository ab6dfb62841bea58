/** A figure that was measured several times. */
export type Spread = { readonly median: number; readonly least: number; readonly most: number };

/** The median of some values, and between what they lie. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? Number.NaN;
  return { median: at(0.5), least: at(0), most: at(1) };
}
