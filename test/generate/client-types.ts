import type { OpenApiDocument } from '@chatstack/service/http/openapi/document.ts';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';

/** The TypeScript types of a document's operations and components, for the client. */
export async function writeClientTypes(document: OpenApiDocument): Promise<string> {
  // A copy, because the types of JSON Schema and those of this library do not know each other.
  const source = JSON.parse(JSON.stringify(document)) as OpenAPI3;
  const types = astToString(await openapiTS(source, { alphabetize: false }));
  return `// Generated from service/http by \`make generate\`. Change the routes' definitions, not this file.\n${types}`;
}
