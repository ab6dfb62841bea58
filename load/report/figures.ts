import type { Interval } from '../statistics/bootstrap.ts';
import type { Spread } from '../statistics/spread.ts';

/** Three digits, as many as measurements of this kind are worth; whole numbers from a hundred on, with thousands apart. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(Math.abs(value) >= 10 ? 3 : 2)));
}

/** A number of milliseconds with its unit; seconds from ten on. */
export const formatMilliseconds = (value: number): string =>
  value >= 10_000 ? `${formatNumber(value / 1_000)} s` : `${formatNumber(value)} ms`;

/** A share of 0…1 as percent. */
export const formatShare = (share: number): string => (Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : '–');

/** Bytes as MiB. */
export const formatBytes = (bytes: number): string => `${formatNumber(bytes / 2 ** 20)} MiB`;

/** Cores with two decimals. */
export const formatCores = (cores: number): string => cores.toFixed(2);

const unitOf = (text: string): string => /( \S+)?$/.exec(text)?.[0] ?? '';

/** A figure and what it lies between, as `12 ms (11 … 14)`: the unit is told once where it is the same for all. */
function formatRange(figure: string, from: string, to: string): string {
  const unit = unitOf(figure);
  const isShared = unit === unitOf(from) && unit === unitOf(to);
  const bare = (text: string) => (isShared ? text.slice(0, text.length - unit.length) : text);
  return `${figure} (${bare(from)} … ${bare(to)})`;
}

/** A median and what it lies between; the median alone where there is no other value. */
export function formatSpread(spread: Spread | undefined, format: (value: number) => string = formatNumber): string {
  if (spread === undefined) return '–';
  const { median, least, most } = spread;
  return least === most ? format(median) : formatRange(format(median), format(least), format(most));
}

/** A ratio as how much lower or higher it is, such as `62.1 % lower (58.0 … 64.9)`; a minus there is the other direction. */
export function formatChange({ estimate, low, high }: Interval): string {
  const isLower = estimate <= 1;
  const percent = (ratio: number) => ((isLower ? 1 - ratio : ratio - 1) * 100).toFixed(1).replace('-', '−');
  const [from, to] = isLower ? [high, low] : [low, high];
  return `${percent(estimate)} % ${isLower ? 'lower' : 'higher'} (${percent(from)} … ${percent(to)})`;
}
