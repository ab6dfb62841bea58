import { Router } from '@koa/router';
import Koa from 'koa';
import type { Logger } from '../telemetry/logger.ts';
import { buildConversationRoutes, type ConversationRoutes } from './conversations/routes.ts';
import { answerErrors } from './error-answers.ts';
import { buildHealthRoutes, type HealthObservers } from './health/routes.ts';
import { addIndexRoute } from './index-route.ts';
import { measureRequests, type RequestMeter } from './measure-requests.ts';
import { buildMessageChangeRoutes } from './messages/change-routes.ts';
import { buildMessageRoutes, type MessageRoutes } from './messages/routes.ts';
import { buildDocumentRoute } from './openapi/route.ts';
import type { Assets } from './page/assets.ts';
import { addPageRoutes } from './page/routes.ts';
import { buildParticipantRoutes } from './participants/routes.ts';
import { buildPresenceRoutes, type PresenceRoutes } from './presence/routes.ts';
import { HttpProblem } from './problem.ts';
import { buildReactionRoutes } from './reactions/routes.ts';
import { buildReadStateRoutes } from './read-state/routes.ts';
import { requestId } from './request-id.ts';
import { refuseMalformedTarget } from './request-target.ts';
import { addRoutes, type Route, type RouteGuards } from './route.ts';
import { buildSearchRoutes } from './search/routes.ts';
import { closeConnectionsWhile } from './server.ts';

/** What the HTTP layer works with. */
export type AppParts = MessageRoutes &
  ConversationRoutes &
  PresenceRoutes &
  RouteGuards & {
    readonly health: HealthObservers;
    readonly meter: RequestMeter;
    /** The files of the page; undefined where none is served. */
    readonly page: Assets | undefined;
    readonly logger: Logger;
    /** The trace of the request under way, where there are traces. */
    readonly traceId: () => string | undefined;
    readonly nodeEnv: string;
    readonly isDraining: () => boolean;
  };

/** Puts the Koa application together: drain, id, measure, errors, routes, in this order from the outside. */
export function buildApp(parts: AppParts): Koa {
  const app = new Koa({ env: parts.nodeEnv });
  const router = buildRouter(parts);
  // What Koa itself could not answer, such as a socket that broke while an answer was written.
  app.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') parts.logger.error({ err: error }, 'unanswered request');
  });
  app.use(closeConnectionsWhile(parts.isDraining));
  app.use(requestId as Koa.Middleware);
  app.use(measureRequests(parts.meter) as Koa.Middleware);
  app.use(answerErrors(parts.logger, parts.traceId) as Koa.Middleware);
  app.use(refuseMalformedTarget);
  app.use(router.routes() as Koa.Middleware);
  app.use(refuseOtherMethods(router));
  return app;
}

/** Everything that answers: the operations of the API, and the index. */
export function buildRouter(parts: AppParts): Router {
  const router = new Router();
  addRoutes(router, buildRoutes(parts), parts);
  addIndexRoute(router, parts.identity.mode, parts.page);
  if (parts.page) addPageRoutes(router, parts.page);
  return router;
}

/** Every operation of the API. */
export function buildRoutes(parts: AppParts): Route[] {
  const routes = [
    ...buildMessageRoutes(parts),
    ...buildMessageChangeRoutes(parts),
    ...buildReactionRoutes(parts),
    ...buildConversationRoutes(parts),
    ...buildParticipantRoutes(parts),
    ...buildReadStateRoutes(parts),
    ...buildSearchRoutes(parts),
    ...buildPresenceRoutes(parts),
    ...buildHealthRoutes(parts.health),
  ];
  return [...routes, buildDocumentRoute(routes, parts.identity.mode)];
}

/** 405 with Allow for a known path with another method. */
function refuseOtherMethods(router: Router): Koa.Middleware {
  return async (context, next) => {
    const methods = router.stack.filter((layer) => layer.match(context.path)).flatMap((layer) => layer.methods);
    if (methods.length === 0) return next();
    const allow = [...new Set(methods)].join(', ');
    const detail = `Expected ${allow}, found ${context.method}`;
    throw new HttpProblem('method-not-allowed', detail, { headers: { Allow: allow } });
  };
}
