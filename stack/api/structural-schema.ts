import { z } from 'zod';

/** A node of an OpenAPI v3 schema as CustomResourceDefinitions take it. */
export interface StructuralSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: { readonly [name: string]: StructuralSchema };
  readonly required?: readonly string[];
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
  readonly anyOf?: readonly StructuralSchema[];
  readonly [keyword: string]: unknown;
}

/** Keywords of JSON Schema that structural schemas do not have, or that say what the API server does anyway. */
const dropped = ['$schema', 'propertyNames'];

/** Bounds that zod gives every whole number: those of a double, which no one wants to read. */
const isNumberBound = (keyword: string, value: unknown): boolean =>
  (keyword === 'minimum' || keyword === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;

const convertValue = (keyword: string, value: unknown): unknown => {
  if (keyword === 'properties')
    return Object.fromEntries(
      Object.entries(value as Record<string, StructuralSchema>).map(([name, schema]) => [name, convert(schema)]),
    );
  return keyword === 'items' || keyword === 'additionalProperties' ? convert(value as StructuralSchema) : value;
};

const convert = (schema: StructuralSchema): StructuralSchema => {
  const isIntOrString = schema['x-kubernetes-int-or-string'] === true;
  const entries = Object.entries(schema).filter(
    ([keyword, value]) =>
      !dropped.includes(keyword) &&
      !isNumberBound(keyword, value) &&
      // An API server refuses or prunes unknown fields by itself, and a structural schema may not forbid them again.
      !(keyword === 'additionalProperties' && value === false) &&
      !(isIntOrString && keyword === 'anyOf'),
  );
  const converted = Object.fromEntries(entries.map(([keyword, value]) => [keyword, convertValue(keyword, value)]));
  const integer = schema.type === 'integer' ? { format: 'int64' } : {};
  return isIntOrString
    ? { anyOf: [{ type: 'integer' }, { type: 'string' }], ...converted }
    : { ...converted, ...integer };
};

/** Strings of dates carry a pattern in JSON Schema that Kubernetes says with their format alone. */
const withoutDatePattern = (schema: StructuralSchema): StructuralSchema =>
  JSON.parse(JSON.stringify(schema), (_key, value) => {
    if (value?.format !== 'date-time') return value;
    const { pattern: _pattern, ...rest } = value;
    return rest;
  });

/** The structural schema of what one writes to a field defined in zod: defaults, bounds, descriptions and CEL rules included. */
export const buildStructuralSchema = (schema: z.ZodType): StructuralSchema =>
  withoutDatePattern(convert(z.toJSONSchema(schema, { io: 'input' }) as StructuralSchema));
