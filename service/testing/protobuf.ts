/** A message of Protocol Buffers, undecoded: the values of each field by its number. */
export type Fields = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

/** Reads a message as far as that goes without its schema. Throws a RangeError when it is none. */
export function readFields(message: Buffer): Fields {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const readVarint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const readBytes = (length: number) => {
    if (at + length > message.length)
      throw new RangeError(`expected ${length} more bytes at ${at} of ${message.length}`);
    const bytes = message.subarray(at, at + length);
    at += length;
    return bytes;
  };
  while (at < message.length) {
    const tag = Number(readVarint());
    const wireType = tag & 7;
    const value =
      wireType === 0
        ? readVarint()
        : readBytes(wireType === 2 ? Number(readVarint()) : (FIXED_LENGTHS[wireType] ?? NaN));
    const values = fields.get(tag >> 3) ?? [];
    fields.set(tag >> 3, [...values, value]);
  }
  return fields;
}

const FIXED_LENGTHS: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The messages within a field, read in turn. */
export function readMessages(fields: Fields, number: number): Fields[] {
  return (fields.get(number) ?? []).map((value) => readFields(value as Buffer));
}

/** The first value of a field as text, in the encoding it has; empty where there is none. */
export function readText(fields: Fields | undefined, number: number, encoding: 'utf8' | 'hex' = 'utf8'): string {
  const value = fields?.get(number)?.[0];
  return value instanceof Uint8Array ? Buffer.from(value).toString(encoding) : '';
}

/** The first value of a field as a number; 0 where there is none, as Protocol Buffers have it. */
export function readNumber(fields: Fields | undefined, number: number): number {
  const value = fields?.get(number)?.[0] ?? 0n;
  return value instanceof Uint8Array ? Number(Buffer.from(value).readBigUInt64LE()) : Number(value);
}
