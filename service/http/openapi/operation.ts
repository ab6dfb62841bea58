import type { z } from 'zod';
import type { IdentityMode } from '../../identity/identity.ts';
import { id } from '../fields.ts';
import { PROBLEMS, type ProblemKind } from '../problem.ts';
import { hasClaim, isClaimNeeded, type Route } from '../route.ts';
import { findProblems, nameProblems } from './problems.ts';
import type { JsonSchema, SchemaWriter } from './schemas.ts';

/** The name of the header that every answer has, among the components of the document. */
export const REQUEST_ID = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };

/** A path of the router as OpenAPI writes it, and the names of its parameters there: `:id` is told as what it means. */
export function describePath(path: string): { readonly path: string; readonly parameters: readonly string[] } {
  const parameters: string[] = [];
  const described = path.replace(/:(\w+)/g, (_match, name: string) => {
    const told = name === 'id' ? 'conversationId' : name;
    parameters.push(told);
    return `{${told}}`;
  });
  return { path: described, parameters };
}

/** Problem kinds by their status. */
export function groupByStatus(kinds: readonly ProblemKind[]): Map<number, [ProblemKind, ...ProblemKind[]]> {
  const groups = new Map<number, [ProblemKind, ...ProblemKind[]]>();
  for (const kind of kinds) {
    const group = groups.get(PROBLEMS[kind].status);
    if (group) group.push(kind);
    else groups.set(PROBLEMS[kind].status, [kind]);
  }
  return groups;
}

/** One operation of the document. */
export function describeOperation(route: Route, mode: IdentityMode, writer: SchemaWriter) {
  const isNeeded = isClaimNeeded(route, mode);
  const parameters = [
    ...describePathParameters(route, writer),
    ...(route.query ? describeQuery(route.query, isNeeded, writer) : []),
    ...Object.entries(route.headers ?? {}).map(([name, description]) => ({
      ...{ name, in: 'header', required: false, description },
      schema: { type: 'string' },
    })),
  ];
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(mode === 'jwt' ? { security: route.identity === 'none' ? [] : [{ bearer: [] }] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body ? { requestBody: describeBody(route.body, isNeeded, writer) } : {}),
    responses: describeResponses(route, mode, writer),
  };
}

function describePathParameters(route: Route, writer: SchemaWriter) {
  return describePath(route.path).parameters.map((name) => ({
    ...{ name, in: 'path', required: true },
    schema: writer.write(route.params?.[name] ?? id, 'input'),
  }));
}

function describeQuery(query: z.ZodType, isNeeded: boolean, writer: SchemaWriter) {
  const { properties = {}, required = [] } = writer.write(query, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: 'query', required: required.includes(name) || (isNeeded && name === 'userId') },
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

function describeBody(body: z.ZodType, isNeeded: boolean, writer: SchemaWriter) {
  const told = writer.write(body, 'input');
  const schema = isNeeded && hasClaim(body) ? requireClaim(told) : told;
  return { required: true, content: { 'application/json': { schema } } };
}

function requireClaim(schema: JsonSchema): JsonSchema {
  if ('$ref' in schema) return { allOf: [schema, { type: 'object', required: ['userId'] }] };
  const { required = [] } = schema as { required?: string[] };
  return { ...schema, required: ['userId', ...required] };
}

function describeResponses(route: Route, mode: IdentityMode, writer: SchemaWriter) {
  const answers = Object.entries(route.answers).map(([status, { description, schema, headers = {} }]) => {
    const told = Object.entries(headers).map(([name, meaning]) => [
      name,
      { description: meaning, required: true, schema: { type: 'string' } },
    ]);
    const content = schema && { 'application/json': { schema: writer.write(schema, 'output') } };
    const response = { description, headers: { ...REQUEST_ID, ...Object.fromEntries(told) } };
    return [status, content ? { ...response, content } : response];
  });
  const problems = [...groupByStatus(findProblems(route, mode))].map(([status, kinds]) => [
    String(status),
    { $ref: `#/components/responses/${nameProblems(kinds)}` },
  ]);
  const both = answers.find(([status]) => problems.some(([other]) => other === status));
  if (both) throw new Error(`Expected an answer or problems of a status, found both: ${route.operationId} ${both[0]}`);
  return Object.fromEntries([...answers, ...problems]);
}
