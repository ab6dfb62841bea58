import type { OpenApiDocument, Operation } from '@chatstack/service/http/openapi/document.ts';
import type { JsonSchema } from '@chatstack/service/http/openapi/schemas.ts';
import type { Call } from '@chatstack/service/testing/caller.ts';
import fc from 'fast-check';

/** What a value is made of; a part of what JSON Schema can tell, as much as the document uses. */
type Told = {
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema | boolean>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
};

const LONGEST_TEXT = 40;
const MOST_ITEMS = 5;

/** Texts of all scripts, and those that programs stumble over. */
const text = fc.oneof(
  { arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: LONGEST_TEXT }), weight: 4 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: LONGEST_TEXT }), weight: 1 },
  { arbitrary: fc.constantFrom('', ' ', '\0', '__proto__', '%', '.', '../..', "'", '\\', '\u2028', '💬'), weight: 1 },
);

/** Values of another kind than was asked for. */
const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), text, fc.double());

/** The same for what is written into a URL. */
const oddText = fc.oneof(text, fc.double(), fc.boolean());

/** Requests of every operation of a document: mostly as it tells them, some with odd values, fields and bodies. */
export function arbitraryCall(document: OpenApiDocument): fc.Arbitrary<Call> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return fc
    .constantFrom(...operations)
    .chain(({ path, method, operation }) => arbitraryOf(path, method.toUpperCase(), operation));
}

function arbitraryOf(path: string, method: string, { parameters = [], requestBody }: Operation): fc.Arbitrary<Call> {
  const values = fc.tuple(
    ...parameters.map(({ required, schema }) => {
      const value = often(valueFor(schema), oddText);
      return required ? often(value, fc.constant(undefined), 20) : fc.option(value, { nil: undefined });
    }),
  );
  const schema = requestBody?.content['application/json']?.schema;
  const body = schema ? often(often(valueFor(schema), odd).map(write), text, 20) : fc.constant(undefined);
  return fc.tuple(values, body).map(([given, sent]) => {
    const query = new URLSearchParams();
    let filled = path;
    for (const [index, { name, in: place }] of parameters.entries()) {
      const value = given[index] === undefined ? '' : String(given[index]).toWellFormed();
      if (place === 'path') filled = filled.replace(`{${name}}`, () => encodeURIComponent(value));
      if (place === 'query' && given[index] !== undefined) query.append(name, value);
    }
    const call = { method, path: `${filled}?${query}` };
    return sent === undefined ? call : { ...call, headers: { 'Content-Type': 'application/json' }, body: sent };
  });
}

const write = (value: unknown): string => JSON.stringify(value) ?? '';

/** The first, and once in so many times the second. */
function often<A, B>(usual: fc.Arbitrary<A>, rare: fc.Arbitrary<B>, times = 8): fc.Arbitrary<A | B> {
  return fc.oneof({ arbitrary: usual, weight: times - 1 }, { arbitrary: rare, weight: 1 });
}

function valueFor(schema: JsonSchema | boolean): fc.Arbitrary<unknown> {
  if (typeof schema === 'boolean') return odd;
  const told = schema as Told;
  if (told.anyOf) return fc.oneof(...told.anyOf.map(valueFor));
  if (told.enum) return fc.constantFrom(...told.enum);
  if ('const' in told) return fc.constant(told.const);
  const types = [told.type ?? 'string'].flat();
  return fc.oneof(...types.map((type) => valueForType(type, told)));
}

function valueForType(type: string, told: Told): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object':
      return objectOf(told);
    case 'array': {
      const least = told.minItems ?? 0;
      return fc.array(valueFor(told.items ?? {}), { minLength: least, maxLength: least + MOST_ITEMS });
    }
    case 'integer':
      return fc.maxSafeInteger().map((value) => clamp(value, told.minimum ?? -1, told.maximum ?? 1_000));
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return text;
  }
}

/** Into the range, near its lower end as often as anywhere. */
function clamp(value: number, least: number, most: number): number {
  return value % 2 === 0 ? least + (Math.abs(value) % Math.min(20, most - least + 1)) : Math.max(least, value % most);
}

function objectOf({ properties = {}, required = [] }: Told): fc.Arbitrary<object> {
  const fields = Object.entries(properties)
    .filter(([, schema]) => schema !== false)
    .map(([name, schema]) => [name, often(valueFor(schema), odd, 20)]);
  const usual = fc.record<Record<string, unknown>>(Object.fromEntries(fields), { requiredKeys: [...required] });
  const more = fc.tuple(usual, fc.dictionary(text, odd, { maxKeys: 2 }));
  return often(
    usual,
    more.map(([object, extra]) => ({ ...object, ...extra })),
    20,
  ) as fc.Arbitrary<object>;
}
