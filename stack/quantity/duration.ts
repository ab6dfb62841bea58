/** The written form accepted: Go's, in whole seconds, larger units first (`1h30m`, `90s`). */
export const durationPattern = '^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$';

const units = [
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

/** Parses a duration into seconds; undefined when the text is none. */
export const parseDuration = (text: string): number | undefined => {
  if (text === '' || !new RegExp(durationPattern).test(text)) return undefined;
  return [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units.find(([name]) => name === unit)?.[1] ?? 0),
    0,
  );
};

/** Seconds in canonical form (`90` → `1m30s`); zero is `0s`. */
export const formatDuration = (seconds: number): string => {
  let rest = seconds;
  const text = units
    .map(([unit, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? '' : `${count}${unit}`;
    })
    .join('');
  return text === '' ? '0s' : text;
};
