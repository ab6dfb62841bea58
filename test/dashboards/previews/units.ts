/** How numbers of a unit are written once they are divided by `divisor`. */
export type Scale = { readonly divisor: number; readonly suffix: string };

type Step = readonly [from: number, scale: Scale];

const step = (from: number, suffix: string): Step => [from, { divisor: from, suffix }];

const BYTES = [step(2 ** 30, ' GiB'), step(2 ** 20, ' MiB'), step(2 ** 10, ' KiB'), step(1, ' B')];

/** Scales of Grafana's units from large to small; the last one also takes what is smaller than all. */
const SCALES: Readonly<Record<string, readonly Step[]>> = {
  s: [step(86_400, ' d'), step(3_600, ' h'), step(60, ' min'), step(1, ' s'), step(1e-3, ' ms'), step(1e-6, ' µs')],
  percentunit: [step(0.01, ' %')],
  bytes: BYTES,
  Bps: BYTES.map(([from, { suffix }]) => step(from, `${suffix}/s`)),
  reqps: [step(1e3, 'k req/s'), step(1, ' req/s')],
  ops: [step(1e3, 'k ops/s'), step(1, ' ops/s')],
  short: [step(1e6, ' M'), step(1e3, ' k'), step(1, '')],
};

/** The scale in which a number of this size is short. Throws where Grafana's unit is not known here. */
export function scaleOf(unit: string, size: number): Scale {
  const steps = SCALES[unit];
  const last = steps?.at(-1);
  if (steps === undefined || last === undefined) {
    throw new Error(`Expected one of the units ${Object.keys(SCALES).join(', ')}, found ${unit}.`);
  }
  // Nothing is not "0 µs".
  const least = unit === 's' && size === 0 ? 1 : Math.abs(size);
  return (steps.find(([from]) => least >= from) ?? last)[1];
}

/** A number with its unit, three digits of it. */
export function formatValue(unit: string, value: number): string {
  const { divisor, suffix } = scaleOf(unit, value);
  return `${Number((value / divisor).toPrecision(3))}${suffix}`;
}
