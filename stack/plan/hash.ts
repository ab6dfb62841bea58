import { createHash } from 'node:crypto';

/** The first ten hexadecimal digits of a SHA-256 over a value: the same for equal JSON, fit for names and annotations. */
export const buildHash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 10);
