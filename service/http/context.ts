import type { Context } from 'koa';

/** What middleware leaves behind for those after it. */
export type ChatState = { requestId: string };

/** A Koa context of this service. */
export type ChatContext = Context & { state: ChatState; _matchedRoute?: string | RegExp | undefined };
