import type { Router } from '@koa/router';
import type Koa from 'koa';
import { z } from 'zod';
import { InvalidRequest } from '../domain/errors.ts';
import { describeFound, type Fault } from '../domain/faults.ts';
import type { JsonText } from '../domain/message.ts';
import { ID_EXPECTED, isId } from '../domain/text.ts';
import { readAuthorization } from '../identity/bearer-token.ts';
import type { Identity, IdentityMode } from '../identity/identity.ts';
import type { LimitClass, Limiter } from '../limits/limiter.ts';
import type { ChatContext } from './context.ts';
import { readJsonBody } from './json-body.ts';
import type { ProblemKind } from './problem.ts';
import { readQuery } from './query.ts';
import { validate } from './validation.ts';

/** What a handler gets: everything checked, and the user who asks. */
export type RouteRequest<Query, Body> = {
  readonly userId: string;
  /** From the path: the conversation (`:id`). Empty where the path names none. */
  readonly conversationId: string;
  /** From the path: the message (`:messageId`). Empty where the path names none. */
  readonly messageId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly context: ChatContext;
};

/** What a handler answers: JSON as text or bytes is sent as it is; undefined goes with 204 and 304. */
export type RouteAnswer = { readonly status: number; readonly json?: JsonText | Buffer };

/** An answer as the OpenAPI document tells it; `headers` are told by name, with what they say. */
export type DocumentedAnswer = {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * One operation of the API, defined once: routing, validation, identity, limits and the OpenAPI document all read this.
 * `query` and `body` are strict object schemas; the one that has a field `userId` says where callers name themselves.
 */
export type Route<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType> = {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With `:id` for a conversation and `:messageId` for a message; further parameters need a schema in `params`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Headers of a request that the route heeds, by name, with what they do. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, z.ZodType<string>>>;
  readonly query?: Query;
  readonly body?: Body;
  /** Who asks where nobody is named and nobody needs to be, in development mode. */
  readonly assumedUser?: (body: z.output<Body>) => string;
  readonly answers: Readonly<Record<number, DocumentedAnswer>>;
  /** What may go wrong beyond what may go wrong everywhere. */
  readonly problems: readonly ProblemKind[];
  readonly handle: (request: RouteRequest<z.output<Query>, z.output<Body>>) => Promise<RouteAnswer>;
} & (
  | { readonly identity?: undefined; readonly limit: LimitClass }
  /** For everybody: nobody is identified or limited, and `userId` is empty. */
  | { readonly identity: 'none'; readonly limit?: undefined }
);

/** A route whose handler knows the types of its query and body. */
export function defineRoute<Query extends z.ZodType, Body extends z.ZodType>(route: Route<Query, Body>): Route {
  return route as unknown as Route;
}

/** Whether a schema has the field where callers name themselves. */
export function hasClaim(schema: z.ZodType): boolean {
  return 'shape' in schema && 'userId' in (schema.shape as object);
}

/** Whether callers must name themselves: nothing else tells who they are in development mode. */
export function isClaimNeeded(route: Route, mode: IdentityMode): boolean {
  return mode === 'development' && route.identity !== 'none' && !route.assumedUser;
}

/** What routes are guarded by. */
export type RouteGuards = { readonly identity: Identity; readonly limiter: Limiter };

/**
 * Adds routes to a router. Each request is identified, limited, checked (path, query, body), then handled: without a token
 * nobody learns what a request should look like, and requests that break rules count like others. In development it is
 * the checked request that says who asks.
 */
export function addRoutes(router: Router, routes: readonly Route[], guards: RouteGuards): void {
  for (const route of routes) router[route.method](route.path, buildHandler(route, guards));
}

function buildHandler(route: Route, { identity, limiter }: RouteGuards): Koa.Middleware {
  const admit = async (authorization: string | undefined, claimed: string | undefined) => {
    const userId = await identity.identify(authorization, claimed);
    if (route.limit) await limiter.consume(route.limit, userId);
    return userId;
  };
  const isForEverybody = route.identity === 'none';
  const hasToken = identity.mode === 'jwt' && !isForEverybody;
  const isNeeded = isClaimNeeded(route, identity.mode);
  const faultsOfClaim = (input: unknown): Fault[] => {
    const claimed = typeof input === 'object' && input !== null && !Array.isArray(input) ? Object(input).userId : null;
    return isNeeded && claimed === undefined
      ? [{ field: 'userId', expected: ID_EXPECTED, found: describeFound(claimed) }]
      : [];
  };
  const check = (schema: z.ZodType | undefined, input: unknown): { userId?: string } => {
    if (!schema) return {};
    return validate(schema, input, hasClaim(schema) ? faultsOfClaim(input) : []) as { userId?: string };
  };
  return async (context) => {
    const authorization = isForEverybody ? undefined : readAuthorization(context.req);
    if (hasToken) await admit(authorization, undefined);
    const params = checkParams(route, context.params as Record<string, string>);
    const query = check(route.query, route.query && readQuery(context.querystring));
    const body = check(route.body, route.body && (await readJsonBody(context.req)));
    const find = async () => {
      if (isForEverybody) return '';
      const assumed = identity.mode === 'development' ? route.assumedUser?.(body) : undefined;
      const claimed = query.userId ?? body.userId ?? assumed;
      return hasToken ? identity.identify(authorization, claimed) : admit(authorization, claimed);
    };
    const userId = await find();
    const { id: conversationId = '', messageId = '' } = params;
    const request = { userId, conversationId, messageId, params, query, body, context: context as ChatContext };
    const answer = await route.handle(request);
    context.status = answer.status;
    if (answer.json === undefined) return;
    context.set('Content-Type', 'application/json; charset=utf-8');
    context.body = answer.json;
  };
}

function checkParams(route: Route, params: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, given] of Object.entries(params)) {
    const field = name === 'id' ? 'conversationId' : name;
    const schema = route.params?.[name];
    if (schema) checked[name] = validate(z.object({ [name]: schema }), { [name]: given })[name] as string;
    else if (isId(given)) checked[name] = given;
    else throw new InvalidRequest([{ field, expected: ID_EXPECTED, found: describeFound(given) }]);
  }
  return checked;
}
