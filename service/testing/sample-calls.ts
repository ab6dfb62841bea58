import type { OpenApiDocument, Operation } from '../http/openapi/document.ts';
import type { JsonSchema } from '../http/openapi/schemas.ts';
import type { Call } from './caller.ts';

/** Values for fields and parameters, by their names; undefined leaves one out that could be left out. */
export type Values = Readonly<Record<string, unknown>>;

/** One request of an operation: what it requires, with these values where a name has one, else the simplest of its schema. */
export function buildSampleCall(document: OpenApiDocument, method: string, path: string, values: Values): Call {
  const { parameters = [], requestBody } = (document.paths[path] as Record<string, Operation>)[method] as Operation;
  const query = new URLSearchParams();
  let filled = path;
  for (const { name, in: place, required, schema } of parameters) {
    if (!required && !(name in values)) continue;
    const value = name in values ? values[name] : sample(document, schema, values);
    if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(String(value)));
    if (place === 'query' && value !== undefined) query.set(name, String(value));
  }
  const call = { method: method.toUpperCase(), path: query.size > 0 ? `${filled}?${query}` : filled };
  const body = requestBody?.content['application/json'];
  if (!body) return call;
  const headers = { 'Content-Type': 'application/json' };
  return { ...call, headers, body: JSON.stringify(sample(document, body.schema, values)) };
}

type Told = {
  readonly $ref?: string;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minimum?: number;
};

/** The simplest value of a schema, or its first example. */
function sample(document: OpenApiDocument, schema: JsonSchema, values: Values): unknown {
  const told = schema as Told;
  if (told.$ref) return sample(document, document.components.schemas[told.$ref.split('/').at(-1) ?? ''] ?? {}, values);
  if (told.allOf) return Object.assign({}, ...told.allOf.map((part) => sample(document, part, values)));
  if (told.anyOf?.[0]) return sample(document, told.anyOf[0], values);
  if (told.enum ?? told.examples) return (told.enum ?? told.examples)?.[0];
  if ('const' in told) return told.const;
  switch (told.type) {
    case 'object':
      return sampleObject(document, told, values);
    case 'array':
      return Array.from({ length: told.minItems ?? 0 }, () => sample(document, told.items ?? {}, values));
    case 'integer':
    case 'number':
      return told.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return 'x';
  }
}

function sampleObject(document: OpenApiDocument, { properties = {}, required = [] }: Told, values: Values): object {
  const entries = Object.entries(properties)
    .filter(([name]) => required.includes(name) || name in values)
    .map(([name, schema]) => [name, name in values ? values[name] : sample(document, schema, values)]);
  return Object.fromEntries(entries);
}
