import type { OpenApiDocument } from '@chatstack/service/http/openapi/document.ts';

/** Ids that exist in the service that is fuzzed, by the names of the parameters and fields that take them. */
export type KnownIds = Readonly<Record<string, readonly string[]>>;

/**
 * The same document, but that its requests may also take ids that exist, where random ones would find nothing. Answers
 * stay as they are.
 */
export function offerKnownIds(document: OpenApiDocument, known: KnownIds): OpenApiDocument {
  const offer = (name: string, schema: unknown): unknown => {
    const ids = known[name];
    if (!ids || typeof schema === 'boolean') return visit(schema);
    if (isObject(schema) && schema.type === 'array') return { ...schema, items: offer(name, schema.items) };
    return { anyOf: [{ type: 'string', enum: ids }, schema] };
  };
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isObject(value)) return value;
    if ('in' in value && typeof value.name === 'string') return { ...value, schema: offer(value.name, value.schema) };
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key === 'responses') return [key, inner];
        if (key !== 'properties' || !isObject(inner)) return [key, visit(inner)];
        return [key, Object.fromEntries(Object.entries(inner).map(([name, schema]) => [name, offer(name, schema)]))];
      }),
    );
  };
  return { ...document, paths: visit(document.paths) as OpenApiDocument['paths'] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
