/**
 * A Kubernetes quantity: an exact amount and the family of suffixes it is written in. The amount counts thousandths, the finest
 * step that ChatStack's resources need (CPU in millicores); finer input is rounded up, as Kubernetes does at its own limit.
 */
export interface Quantity {
  readonly milli: bigint;
  readonly family: 'binary' | 'decimal';
}

/** The written form accepted: digits, up to three decimals, a suffix. The exponent form (`1e3`) is not. */
export const quantityPattern = '^[0-9]{1,15}(\\.[0-9]{1,3})?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$';

const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
const decimalSuffixes = ['m', '', 'k', 'M', 'G', 'T', 'P'];

const multiplierInMilli = (suffix: string): bigint => {
  const binary = suffix === '' ? -1 : binarySuffixes.indexOf(suffix);
  return binary > 0 ? 1000n * 1024n ** BigInt(binary) : 1000n ** BigInt(decimalSuffixes.indexOf(suffix));
};

/** Parses a quantity such as `1.5`, `250m`, `512Mi`; undefined when the text is none. */
export const parseQuantity = (text: string): Quantity | undefined => {
  if (!new RegExp(quantityPattern).test(text)) return undefined;
  const [, whole = '', fraction = '', suffix = ''] = /^(\d+)(?:\.(\d+))?([A-Za-z]*)$/.exec(text) ?? [];
  const thousandths = BigInt(whole) * 1000n + BigInt(fraction.padEnd(3, '0'));
  const milli = (thousandths * multiplierInMilli(suffix) + 999n) / 1000n;
  return { milli, family: suffix.endsWith('i') ? 'binary' : 'decimal' };
};

/** A quantity out of text that is known to be one (our own tables, validated input). Throws a RangeError otherwise. */
export const quantity = (text: string): Quantity => {
  const parsed = parseQuantity(text);
  if (parsed === undefined) throw new RangeError(`expected a quantity such as 250m or 512Mi, found "${text}"`);
  return parsed;
};

const largestWhole = (amount: bigint, step: bigint, suffixes: readonly string[]): string => {
  let rest = amount;
  let index = 0;
  while (index < suffixes.length - 1 && rest !== 0n && rest % step === 0n) {
    rest /= step;
    index += 1;
  }
  return rest === 0n ? '0' : `${rest}${suffixes[index]}`;
};

/**
 * The canonical form of Kubernetes: no fraction, the largest suffix that allows it (`1024Mi` → `1Gi`, `1.5` → `1500m`). An API
 * server rewrites anything else, and what it rewrites an operator would apply again for ever.
 */
export const formatQuantity = ({ milli, family }: Quantity): string =>
  family === 'binary'
    ? largestWhole((milli + 999n) / 1000n, 1024n, binarySuffixes)
    : largestWhole(milli, 1000n, decimalSuffixes);

/** Negative, zero or positive as `left` is smaller than, equal to or larger than `right`. */
export const compareQuantities = (left: Quantity, right: Quantity): number =>
  left.milli === right.milli ? 0 : left.milli < right.milli ? -1 : 1;

/** The amount in whole bytes, rounded up. Exact up to 8 PiB. */
export const toBytes = ({ milli }: Quantity): number => Number((milli + 999n) / 1000n);

/** The amount in millicores, rounded up. */
export const toMillicores = ({ milli }: Quantity): number => Number(milli);

/** A number of bytes as a quantity, written with binary suffixes. */
export const fromBytes = (bytes: number): Quantity => ({ milli: BigInt(Math.ceil(bytes)) * 1000n, family: 'binary' });
