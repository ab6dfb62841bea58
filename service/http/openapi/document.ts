import type { IdentityMode } from '../../identity/identity.ts';
import type { ProblemKind } from '../problem.ts';
import type { Route } from '../route.ts';
import { describeOperation, describePath, groupByStatus, REQUEST_ID } from './operation.ts';
import { buildProblemResponse, findProblems, nameProblems, problemView } from './problems.ts';
import { type JsonSchema, SchemaWriter } from './schemas.ts';

/** An OpenAPI 3.1 document, as far as this project looks into it. */
export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly [kind: string]: object;
  };
};

/** One operation of a document. */
export type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
  readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>>;
};

/** One answer of an operation: its headers, and a schema for its media type. */
export type Response = {
  readonly description: string;
  readonly headers: Readonly<Record<string, object>>;
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
};

const COMMON = `Each answer has the header X-Request-Id: the caller's own where the request had one, else a new one.
Each refusal is a problem document (RFC 9457) that names the fields, what was expected and what was found. An unknown path
answers 404, a known one with another method 405 with the header Allow. Lengths of texts are counted in UTF-16 units.`;

const CALLERS: Readonly<Record<IdentityMode, string>> = {
  development: 'This service believes each caller to be the `userId` that it names (AUTH_MODE=development).',
  jwt: `Callers prove who they are by a JSON Web Token; a \`userId\` may be left out, and must be the user of the token
otherwise. A service in development (AUTH_MODE=development) asks for no token and needs the \`userId\`.`,
};

/** The OpenAPI document of routes. Pure; throws when two shapes share an id, or two routes an operation id. */
export function buildDocument(routes: readonly Route[], mode: IdentityMode): OpenApiDocument {
  const writer = new SchemaWriter();
  const problem = writer.write(problemView, 'output');
  const paths: Record<string, Record<string, Operation>> = {};
  const ids = new Set<string>();
  for (const route of routes) {
    if (ids.has(route.operationId)) throw new Error(`Expected one route named ${route.operationId}, found two`);
    ids.add(route.operationId);
    const { path } = describePath(route.path);
    paths[path] = { ...paths[path], [route.method]: describeOperation(route, mode, writer) as Operation };
  }
  const sets = routes.flatMap((route) => [...groupByStatus(findProblems(route, mode)).values()]);
  return {
    openapi: '3.1.0',
    info: { title: 'ChatStack', version: '1.0.0', description: `${COMMON}\n\n${CALLERS[mode]}` },
    paths,
    components: {
      schemas: sortByName(writer.components),
      responses: sortByName(Object.fromEntries(sets.map((kinds) => [nameProblems(kinds), respond(kinds, problem)]))),
      headers: {
        RequestId: {
          description: 'Names this request in the log',
          required: true,
          schema: { type: 'string', pattern: '^[\\w.-]{1,64}$' },
        },
      },
      ...(mode === 'jwt'
        ? { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } }
        : {}),
    },
  };
}

function respond(kinds: [ProblemKind, ...ProblemKind[]], problem: JsonSchema): Response {
  const { headers, ...response } = buildProblemResponse(kinds, problem);
  return { ...response, headers: { ...REQUEST_ID, ...headers } };
}

function sortByName<Value>(entries: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}
