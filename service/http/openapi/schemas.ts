import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * Turns schemas into JSON Schema. Those that have an id (`meta({ id })`) are told once, among the components of the
 * document, and referred to everywhere else.
 */
export class SchemaWriter {
  readonly components: Record<string, JsonSchema> = {};

  /** A schema as a request gives it (input) or an answer tells it (output). Throws when two shapes share an id. */
  write(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema, $defs = {}, ...root } = z.toJSONSchema(schema, { io, override: simplify });
    for (const [name, component] of Object.entries($defs)) this.#add(name, relocate(component) as JsonSchema);
    return relocate(root) as JsonSchema;
  }

  #add(name: string, component: JsonSchema): void {
    const known = this.components[name];
    if (known && !isDeepStrictEqual(known, component)) {
      throw new Error(`Expected one shape of the component ${name}, found two: give one of them another id`);
    }
    this.components[name] = component;
  }
}

/** Leaves out what says nothing to a reader of the document, and what describes the text of a number, not the number. */
function simplify({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.type === 'integer' || jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (isDeepStrictEqual(jsonSchema.propertyNames, { type: 'string' })) delete jsonSchema.propertyNames;
}

function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref' && typeof inner === 'string'
        ? [key, inner.replace('#/$defs/', '#/components/schemas/')]
        : [key, relocate(inner)],
    ),
  );
}
