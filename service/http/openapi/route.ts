import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { IdentityMode } from '../../identity/identity.ts';
import { defineRoute, type Route } from '../route.ts';
import { buildDocument } from './document.ts';

const ETAG = { ETag: 'Names this version of the document' };

const documentView = z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) });

/** The route that tells the OpenAPI document of these routes and of itself. The document is made once, here. */
export function buildDocumentRoute(routes: readonly Route[], mode: IdentityMode): Route {
  let text = '';
  let etag = '';
  const route = defineRoute({
    method: 'get',
    path: '/api/v1/openapi.json',
    operationId: 'readDocument',
    summary: 'This document',
    headers: { 'If-None-Match': 'An ETag that was told before: 304 while the document is still that one' },
    identity: 'none',
    answers: {
      200: { description: 'The document', schema: documentView, headers: ETAG },
      304: { description: 'The document is the one that the caller has', headers: ETAG },
    },
    problems: [],
    handle: async ({ context }) => {
      context.set('ETag', etag);
      context.set('Cache-Control', 'no-cache');
      context.status = 200; // only what would be answered with 200 can be fresh
      return context.fresh ? { status: 304 } : { status: 200, json: text };
    },
  });
  text = JSON.stringify(buildDocument([...routes, route], mode));
  etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  return route;
}
