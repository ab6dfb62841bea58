/** A figure that was measured several times. */
export type Spread = { readonly median: number; readonly least: number; readonly most: number };

/** The value below which a share (0…1) of some values lies, interpolated between neighbours (type 7 of Hyndman and Fan, 1996). NaN of none. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** The middle of some values; NaN of none. */
export const medianOf = (values: readonly number[]): number => quantileOf(values, 0.5);

/** The mean of some values; NaN of none. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The median of some values, and between what they lie. Undefined of none. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return { median: medianOf(values), least: Math.min(...values), most: Math.max(...values) };
}
