import { makeClientMessageId } from './client-message-id.ts';
import { UnexpectedAnswerError } from './errors.ts';
import type {
  CacheHealth,
  Conversation,
  ConversationRequest,
  Health,
  HistoryPage,
  HistoryRequest,
  KeysetPage,
  KeysetRequest,
  SendRequest,
  SentMessage,
} from './messages.ts';
import { type ClientRequest, sendRequest } from './request.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './retry.ts';
import { createSeenVersions } from './seen-versions.ts';

/** Settings of a client. Only `baseUrl` is needed. */
export type ChatClientSettings = {
  /** Where the service answers, for example `http://localhost:3001`; a path prefix is kept. */
  baseUrl: string;
  /** Who asks, where a call does not say it. */
  userId?: string;
  /** The longest wait for the answer of one try, in milliseconds; 10 s unless told. */
  timeoutMs?: number;
  retry?: RetryPolicy;
  /** Whether versions seen are asked for in later reads (read-your-writes, monotonic reads); true unless told. */
  readYourWrites?: boolean;
  /** Ends every call and every wait of this client. */
  signal?: AbortSignal;
};

/** The calls of the chat service. Each throws ProblemError, UnreachableError or UnexpectedAnswerError. */
export type ChatClient = {
  history(request: HistoryRequest): Promise<HistoryPage>;
  /** Reads before, after or around a seq: the cost is the same at any depth, and messages that arrive meanwhile move nothing. */
  historyAt(request: KeysetRequest): Promise<KeysetPage>;
  /** Sends under a clientMessageId, and so tries again where the outcome is unknown: the message is stored at most once. */
  send(request: SendRequest): Promise<SentMessage>;
  createConversation(request: ConversationRequest): Promise<Conversation>;
  health(): Promise<Health>;
  /** Also answers while the cache is unhealthy: that is the news, not an error. */
  cacheHealth(): Promise<CacheHealth>;
};

const DEFAULT_TIMEOUT_MS = 10_000;

/** Makes a client of the service at `baseUrl`. Throws a TypeError for anything that is not an http or https URL. */
export function createChatClient(settings: ChatClientSettings): ChatClient {
  const requestSettings = {
    baseUrl: parseBaseUrl(settings.baseUrl),
    timeoutMs: settings.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    retry: settings.retry ?? DEFAULT_RETRY,
    ...(settings.signal ? { signal: settings.signal } : {}),
  };
  const seen = createSeenVersions();
  const newest = (id: string) => (settings.readYourWrites === false ? undefined : seen.newest(id));
  const call = <Answer>(request: ClientRequest) => sendRequest(request, requestSettings) as Promise<Answer>;
  const who = (userId: string | undefined) => {
    const user = userId ?? settings.userId;
    if (user) return user;
    throw new TypeError('expected a userId in the call or in the settings of the client, found none');
  };

  return {
    async history(request) {
      const query = queryOf({
        userId: who(request.userId),
        limit: request.limit,
        offset: request.offset,
        minVersion: request.minVersion ?? newest(request.conversationId),
      });
      const page = await call<HistoryPage>({ method: 'GET', path: `${messagesOf(request.conversationId)}?${query}` });
      if (!Array.isArray(page?.messages) || !Number.isFinite(page.version))
        throw unexpected('a page of messages', page);
      seen.remember(request.conversationId, page.version);
      return page;
    },
    async historyAt({ conversationId, userId, minVersion, ...place }) {
      const query = queryOf({ userId: who(userId), ...place, minVersion: minVersion ?? newest(conversationId) });
      const page = await call<KeysetPage>({ method: 'GET', path: `${messagesOf(conversationId)}?${query}` });
      if (!Array.isArray(page?.messages) || typeof page.hasOlder !== 'boolean')
        throw unexpected('a page of messages at a seq', page);
      seen.remember(conversationId, page.version);
      return page;
    },
    async send({ conversationId, userId, content, messageType = 'TEXT', clientMessageId = makeClientMessageId() }) {
      const body = { userId: who(userId), content, messageType, clientMessageId };
      const path = messagesOf(conversationId);
      const sent = await call<SentMessage>({ method: 'POST', path, body, isRepeatable: true });
      if (typeof sent?.message?.id !== 'string' || !Number.isFinite(sent.version))
        throw unexpected('the stored message', sent);
      seen.remember(conversationId, sent.version);
      return sent;
    },
    createConversation: (body) => call({ method: 'POST', path: '/api/v1/chat/conversations', body }),
    health: () => call({ method: 'GET', path: '/api/v1/health', acceptedStatus: 503 }),
    cacheHealth: () => call({ method: 'GET', path: '/api/v1/health/cache', acceptedStatus: 503 }),
  };
}

function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`expected the URL of a chat service such as http://localhost:3001, found "${text}"`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function messagesOf(conversationId: string): string {
  return `/api/v1/chat/conversations/${encodeURIComponent(conversationId)}/messages`;
}

function queryOf(values: Record<string, string | number | undefined>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query;
}

function unexpected(expected: string, found: unknown): UnexpectedAnswerError {
  return new UnexpectedAnswerError(`expected ${expected}, found ${JSON.stringify(found)?.slice(0, 200)}`);
}
