import type { z } from 'zod';
import { InvalidRequest } from '../domain/errors.ts';
import { describeFound, type Fault } from '../domain/faults.ts';

// A body of 64 KiB can break a rule thousands of times, and its answer would be many times as large.
const MOST_FAULTS = 20;

/**
 * Checks an input against a schema; throws InvalidRequest with a fault for each field, for the first 20 of them, those
 * first that were `known` before. The messages of our schemas complete the sentence "expected …".
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  known: readonly Fault[] = [],
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success && known.length === 0) return parsed.data;
  // A map, because zod tells "no list" and "too short" of one text where a list should be.
  const faults = new Map(known.map((fault) => [`${fault.field}\n${fault.expected}`, fault]));
  for (const fault of (parsed.error?.issues ?? []).flatMap((issue) => describeIssue(issue, input))) {
    faults.set(`${fault.field}\n${fault.expected}`, fault);
    if (faults.size === MOST_FAULTS) break;
  }
  throw new InvalidRequest([...faults.values()]);
}

function describeIssue(issue: z.core.$ZodIssue, input: unknown): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: nameField([...issue.path, shorten(key)]),
      expected: 'no such field',
      found: describeFound(valueAt(input, [...issue.path, key])),
    }));
  }
  return [{ field: nameField(issue.path), expected: issue.message, found: describeFound(valueAt(input, issue.path)) }];
}

function nameField(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'body' : path.map(String).join('.');
}

function shorten(key: string): string {
  return key.length > 60 ? `${key.slice(0, 60)}…` : key;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
