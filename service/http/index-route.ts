import type { Router } from '@koa/router';

/** What this service is and what may be asked of it: one entry a route, and a page of history to start with. */
export const SERVICE_INDEX = {
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

/** Adds `GET /`: somebody who opens the address alone learns where to go. */
export function addIndexRoute(router: Router): void {
  const body = `${JSON.stringify(SERVICE_INDEX, undefined, 2)}\n`;
  router.get('/', (context) => {
    context.set('Content-Type', 'application/json; charset=utf-8');
    context.body = body;
  });
}
