/** How much was done (`y`) under how much load (`x`). */
export type LoadPoint = { readonly x: number; readonly y: number };

/** Where a curve bends: the load of the knee, and the loads beside it that were measured. Between them the true one lies. */
export type Knee = { readonly x: number; readonly y: number; readonly before: number; readonly after: number };

/** Steps that a knee needs: one before and one after it. */
export const LEAST_STEPS = 3;
/** A curve that reaches this share of what is proportional to the first step has no knee yet. */
export const PROPORTIONAL_SHARE = 0.9;

/** What a load would be answered with if the first step's answers grew in proportion. */
export const proportionalTo = (first: LoadPoint, x: number): number => (first.y * x) / first.x;

/**
 * The knee of a curve that grows ever less: the point that lies highest above the straight line from the corner of least load to that of
 * most, both axes scaled to 0…1 (Kneedle: Satopää, Albrecht, Irwin and Raghavan, Finding a "Kneedle" in a Haystack, 2011). Every curve
 * has such a point, straight ones by noise alone: there is a knee only where the last step answers less than `PROPORTIONAL_SHARE` of what
 * is proportional to the first. Undefined: there is none, or there are fewer than three steps.
 */
export function findKnee(points: readonly LoadPoint[]): Knee | undefined {
  const sorted = points.toSorted((one, other) => one.x - other.x);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined || sorted.length < LEAST_STEPS) return undefined;
  if (last.y >= PROPORTIONAL_SHARE * proportionalTo(first, last.x)) return undefined;
  const [least, most] = [Math.min(...sorted.map(({ y }) => y)), Math.max(...sorted.map(({ y }) => y))];
  const above = ({ x, y }: LoadPoint) =>
    (y - least) / Math.max(most - least, Number.EPSILON) - (x - first.x) / (last.x - first.x);
  const heights = sorted.map(above);
  const highest = heights.indexOf(Math.max(...heights));
  const [before, at, after] = [sorted[highest - 1], sorted[highest], sorted[highest + 1]];
  // The curve falls from its first step on: that step is past the knee already.
  if (at === undefined || before === undefined || after === undefined)
    return { ...first, before: 0, after: sorted[1]?.x ?? first.x };
  return { ...at, before: before.x, after: after.x };
}
