import type { Random } from './random.ts';

/**
 * Draws indexes from 0 by Zipf's law with exponent 1: the n-th is drawn 1/n as often as the first. By rejection and inversion (Hörmann and
 * Derflinger, 1996), which needs no table: each of ten thousand users in a load generator would have its own.
 */
export function createZipf(count: number): (random: Random) => number {
  const last = Math.log(count + 0.5);
  const first = Math.log(1.5) - 1;
  const sure = 2 - Math.exp(Math.log(2.5) - 1 / 2);
  return (random) => {
    for (;;) {
      const area = last + random() * (first - last);
      const place = Math.exp(area);
      const rank = Math.min(Math.max(Math.round(place), 1), count);
      if (rank - place <= sure || area >= Math.log(rank + 0.5) - 1 / rank) return rank - 1;
    }
  };
}
