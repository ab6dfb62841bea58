import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { buildUnknownRoute } from '../error-answers.ts';
import type { Asset, Assets } from './assets.ts';

/**
 * What the page may do: run its own modules, use its own styles, talk to the service it came from, and nothing else. Text never becomes
 * HTML (trusted types without any policy), and nobody frames it.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'", // the WebSocket of the same origin with it
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Kept, and asked for again each time: an answer is 304 as long as the file is the same.
  'Cache-Control': 'no-cache',
} as const;

/** Adds `GET /client/…`: the files that the page is made of, by the paths that they have in the repository. */
export function addPageRoutes(router: Router, assets: Assets): void {
  router.get('/client/*path', (context) => {
    const asset = assets.find(String(context.params.path));
    if (!asset) throw buildUnknownRoute(context);
    answerAsset(context, asset);
  });
}

/** Answers a file, or 304 to whoever has it. */
export function answerAsset(context: Context, { type, body, etag }: Asset): void {
  context.status = 200;
  context.set(HEADERS);
  context.set('ETag', etag);
  if (context.fresh) {
    context.status = 304;
    return;
  }
  context.set('Content-Type', type);
  context.body = body;
}
