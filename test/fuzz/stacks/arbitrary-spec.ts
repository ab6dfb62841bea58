import fc from 'fast-check';

/** A node of the structural schema of a CustomResourceDefinition, as far as it says what values may be. */
export interface SchemaNode {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** Values that no schema has in mind. */
const oddities: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31,
  Number.MAX_SAFE_INTEGER,
  '',
  ' ',
  '0',
  '-1',
  '999999999999999Pi',
  '0.001m',
  '999999h',
  '0s',
  '../../etc/passwd',
  '$(reboot)',
  "'; DROP TABLE messages; --",
  'line\nbreak',
  'tab\there',
  '🙂',
  'x'.repeat(300),
  [],
  [null],
  {},
  { deep: { er: [1, 'two', null] } },
];

const common: readonly string[] = [
  '1Gi',
  '512Mi',
  '100m',
  '2',
  '30s',
  '5m',
  '1h',
  'acme',
  'db.example.com',
  '18',
  '8.0',
];

/**
 * Values that keep to a schema, and lie at its edges more often than chance would have it. `percent`: how many of the optional fields are
 * there; with many of them, rules that bind fields together refuse most values.
 */
export function arbitraryOf(schema: SchemaNode, percent: number): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) {
    const { anyOf, ...rest } = schema;
    return fc.oneof(...anyOf.map((each) => arbitraryOf({ ...rest, ...each }, percent)));
  }
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return arbitraryInteger(schema);
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1e6, noNaN: true });
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}, percent), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(3, schema.maxItems ?? 3),
      });
    case 'object':
      return arbitraryObject(schema, percent);
    default:
      return arbitraryText(schema);
  }
}

function arbitraryInteger({ minimum = 0, maximum = 1_000_000 }: SchemaNode): fc.Arbitrary<number> {
  const small = fc.integer({ min: minimum, max: Math.min(maximum, minimum + 10) });
  return fc.oneof(
    { weight: 5, arbitrary: small },
    fc.constantFrom(minimum, maximum),
    fc.integer({ min: minimum, max: maximum }),
  );
}

function arbitraryText({ pattern, format, minLength = 0, maxLength = 60 }: SchemaNode): fc.Arbitrary<string> {
  if (format === 'uri') return fc.constantFrom('https://keys.example.com/jwks.json', 'http://localhost', 'not a uri');
  const fits = common.filter((each) => new RegExp(pattern ?? '').test(each));
  const known = fits.length > 0 ? [fc.constantFrom(...fits)] : [];
  const any = pattern
    ? fc.stringMatching(new RegExp(pattern), { size: 'small' })
    : fc.string({ minLength, maxLength: Math.min(60, maxLength) });
  return fc.oneof(...known, any);
}

function arbitraryObject(
  { properties = {}, required = [], additionalProperties }: SchemaNode,
  percent: number,
): fc.Arbitrary<unknown> {
  if (additionalProperties)
    return fc.dictionary(fc.constantFrom(...common), arbitraryOf(additionalProperties, percent), { maxKeys: 2 });
  const entries = Object.entries(properties).map(([name, each]) => {
    const value = arbitraryOf(each, percent);
    const isThere = required.includes(name)
      ? fc.constant(true)
      : fc.integer({ min: 0, max: 99 }).map((chance) => chance < percent);
    return [name, isThere.chain((there) => (there ? value : fc.constant(undefined)))] as const;
  });
  return fc
    .record(Object.fromEntries(entries))
    .map((made) => Object.fromEntries(Object.entries(made as object).filter(([, value]) => value !== undefined)));
}

/** Changes one to three places of a value in ways that no schema asks for: odd values, unknown fields, fields taken away. */
export function arbitraryMutation(value: unknown): fc.Arbitrary<unknown> {
  const one = (from: unknown) =>
    fc
      .tuple(fc.nat(), fc.constantFrom('odd', 'unknown', 'remove', 'repeat'), fc.constantFrom(...oddities))
      .map(([where, how, odd]) => mutate(from, where, how, odd));
  return fc
    .integer({ min: 1, max: 3 })
    .chain((times) =>
      Array.from({ length: times }).reduce<fc.Arbitrary<unknown>>((made) => made.chain(one), fc.constant(value)),
    );
}

type Container = Record<string, unknown> | unknown[];

function mutate(from: unknown, where: number, how: 'odd' | 'unknown' | 'remove' | 'repeat', odd: unknown): unknown {
  const copy = structuredClone(from);
  const places = listPlaces(copy);
  const place = places[where % Math.max(1, places.length)];
  if (place === undefined) return how === 'unknown' ? { unknown: odd } : odd;
  const container = place.container as Record<string, unknown>;
  if (how === 'unknown' && !Array.isArray(container)) container.unknown = odd;
  else if (how === 'remove' && !Array.isArray(container)) delete container[place.key];
  else if (how === 'repeat' && Array.isArray(container)) container.push(structuredClone(container[Number(place.key)]));
  else container[place.key] = odd;
  return copy;
}

function listPlaces(value: unknown): { container: Container; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    { container: value as Container, key },
    ...listPlaces(inner),
  ]);
}
