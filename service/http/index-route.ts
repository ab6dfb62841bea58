import type { Router } from '@koa/router';
import type { IdentityMode } from '../identity/identity.ts';
import type { Assets } from './page/assets.ts';
import { answerAsset } from './page/routes.ts';

/** What this service is and what may be asked of it: one entry a route, and a page of history to start with. */
const SERVICE_INDEX = {
  name: 'chat-service',
  routes: {
    'GET /api/v1/chat/conversations/{id}/messages': 'a page of history; userId, limit, offset, minVersion',
    'POST /api/v1/chat/conversations/{id}/messages': 'sends a message; {"userId", "content", "messageType"?}',
    'POST /api/v1/chat/conversations': 'makes a conversation; {"type", "participantIds", "title"?}',
    'GET /api/v1/health': 'the service and what it stands on, in words; also /live, /ready and /cache below it',
  },
  start: '/api/v1/chat/conversations/conv-1/messages?userId=user-1&limit=10',
  startNeeds: 'the fixtures (conv-1, user-1), which make run and make up bring',
} as const;

/**
 * Adds `GET /`: somebody who opens the address alone learns where to go. Browsers, who ask for HTML, get the chat page; everybody
 * else, and everybody where there is no page, gets the index, which also says how callers prove who they are.
 */
export function addIndexRoute(router: Router, identity: IdentityMode, assets: Assets | undefined): void {
  const { name, ...more } = SERVICE_INDEX;
  const body = `${JSON.stringify({ name, identity, ...more }, undefined, 2)}\n`;
  router.get('/', (context) => {
    const page = context.accepts('json', 'html') === 'html' ? assets?.find('page/index.html') : undefined;
    context.set('Vary', 'Accept');
    if (page) {
      answerAsset(context, page);
      return;
    }
    context.set('Content-Type', 'application/json; charset=utf-8');
    context.body = body;
  });
}
