/**
 * DER, as far as X.509 needs it (ITU-T X.690, section 10): every value is tag, length and content, and there is one way to write
 * each. Only writing is here; what was written is read by Node, OpenSSL and whoever is shown the certificate.
 */

/** Tags of the types that certificates are made of. */
const tags = { boolean: 1, integer: 2, bits: 3, bytes: 4, identifier: 6, text: 12, sequence: 48, set: 49 } as const;

/** A value: tag, length, content. */
const value = (tag: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([tag]), length(content), content]);

function length({ length: count }: Uint8Array): Buffer {
  if (count < 128) return Buffer.from([count]);
  const bytes = Buffer.from(count.toString(16).padStart(count > 0xffff ? 6 : count > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 + bytes.length]), bytes]);
}

/** SEQUENCE of the parts, in their order. */
export const sequence = (...parts: readonly Uint8Array[]): Buffer => value(tags.sequence, Buffer.concat(parts));

/** SET of one part: several would have to be sorted. */
export const set = (part: Uint8Array): Buffer => value(tags.set, part);

/** A part with a tag of the context that holds a whole value (explicit). */
export const wrapped = (number: number, part: Uint8Array): Buffer => value(0xa0 + number, part);

/** A text of seven-bit letters under a tag of the context that takes the place of the type's own (implicit). */
export const tagged = (number: number, content: Uint8Array): Buffer => value(0x80 + number, content);

/** BOOLEAN true; false is a default and left out. */
export const yes = (): Buffer => value(tags.boolean, Buffer.from([0xff]));

/** INTEGER that is not negative, from its big-endian bytes: as few of them as there can be, with room for the sign. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = first < 0 ? Buffer.from([0]) : Buffer.from(bytes.subarray(first));
  return value(tags.integer, (shortest[0] ?? 0) < 0x80 ? shortest : Buffer.concat([Buffer.from([0]), shortest]));
}

/** BIT STRING of whole bytes, or of the leading bits when some at the end are unused. */
export const bits = (bytes: Uint8Array, unused = 0): Buffer =>
  value(tags.bits, Buffer.concat([Buffer.from([unused]), bytes]));

/** OCTET STRING. */
export const octets = (bytes: Uint8Array): Buffer => value(tags.bytes, bytes);

/** UTF8String. */
export const text = (characters: string): Buffer => value(tags.text, Buffer.from(characters));

/** OBJECT IDENTIFIER such as 2.5.29.17. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return value(tags.identifier, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Seven bits a byte, the highest first; all but the last have the eighth bit set. */
function base128(number: number): number[] {
  const digits = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift((rest % 128) + 128);
  return digits;
}

/** Time, whole seconds: UTCTime until 2049, GeneralizedTime after it, as RFC 5280 section 4.1.2.5 asks. */
export function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '');
  return digits < '2050' ? value(23, Buffer.from(digits.slice(2))) : value(24, Buffer.from(digits));
}
