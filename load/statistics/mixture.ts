import type { Latency } from '../results/load-run.ts';

type Point = readonly [share: number, milliseconds: number];

/** The quantile function of a latency from 0 to 1: its points, and its ends. What is below the first point is taken for as fast as that. */
const pointsOf = ({ quantiles, max }: Latency): readonly Point[] => [
  [0, quantiles[0]?.[1] ?? max],
  ...quantiles,
  [1, max],
];

/** Milliseconds within which a share (0…1) of the requests were answered, on the line between the two kept points around it. */
export function latencyAt(latency: Latency, share: number): number {
  const points = pointsOf(latency);
  const next = Math.max(
    1,
    points.findIndex(([at]) => at >= share),
  );
  const [[from, low], [to, high]] = [points[next - 1] as Point, points[next] as Point];
  return to === from ? high : low + ((high - low) * (share - from)) / (to - from);
}

/** The share of the requests that were answered within so many milliseconds: the inverse of `latencyAt`. */
function shareWithin(latency: Latency, milliseconds: number): number {
  const points = pointsOf(latency);
  const next = points.findIndex(([, value]) => value > milliseconds);
  if (next === -1) return 1;
  if (next === 0) return 0;
  const [[from, low], [to, high]] = [points[next - 1] as Point, points[next] as Point];
  return from + ((to - from) * (milliseconds - low)) / (high - low);
}

/** Halvings until a latency is found: enough for a millionth of the longest. */
const HALVINGS = 40;

/** Milliseconds within which a share of all requests of several kinds were answered: the quantile of their mixture. NaN of none. */
export function mixedLatencyAt(latencies: readonly Latency[], share: number): number {
  const counted = latencies.filter(({ count }) => count > 0);
  if (counted.length === 0) return Number.NaN;
  const total = counted.reduce((sum, { count }) => sum + count, 0);
  const within = (milliseconds: number) =>
    counted.reduce((sum, each) => sum + (each.count / total) * shareWithin(each, milliseconds), 0);
  let [low, high] = [0, Math.max(...counted.map(({ max }) => max))];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    if (within(middle) < share) low = middle;
    else high = middle;
  }
  return high;
}
