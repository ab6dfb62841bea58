import { type Calls, createCalls, queryOf } from './calls.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { type ConversationCalls, createConversationCalls } from './conversation-calls.ts';
import { createMessageCalls, type MessageCalls } from './message-calls.ts';
import type { CacheHealth, Health } from './messages.ts';
import { RealtimeConnection } from './realtime/connection.ts';
import type { ChatEvent, ConnectionState } from './realtime/events.ts';
import { type OpenSocket, openWebSocket } from './realtime/socket-session.ts';
import type { Answered } from './request.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './retry.ts';
import type { TokenSource } from './token.ts';

/** Settings of a client. Only `baseUrl` is needed. */
export type ChatClientSettings = {
  /** Where the service answers, for example `http://localhost:3001`; a path prefix is kept. */
  baseUrl: string;
  /** Who asks, where a call does not say it. Not needed with a token, which says it. */
  userId?: string;
  /** Proves who asks, where the service wants proof; a function is asked for each request and each connection. */
  token?: TokenSource;
  /** The longest wait for the answer of one try, in milliseconds; 10 s unless told. */
  timeoutMs?: number;
  retry?: RetryPolicy;
  /** Whether versions seen are asked for in later reads (read-your-writes, monotonic reads); true unless told. */
  readYourWrites?: boolean;
  /** Hears of each call that was answered. */
  onAnswer?: (answered: Answered) => void;
  /** Ends every call and every wait of this client. */
  signal?: AbortSignal;
  /** What the platform lacks, or a test plays: `fetch`, a WebSocket, the clock. */
  platform?: { fetch?: typeof fetch; openSocket?: OpenSocket; clock?: Clock };
};

/** Who hears what a connection brings. */
export type RealtimeListener = {
  onEvent(event: ChatEvent): void;
  onState?(state: ConnectionState): void;
};

/** The calls of the chat service. Each throws ProblemError, UnreachableError or UnexpectedAnswerError. */
export type ChatClient = MessageCalls &
  ConversationCalls & {
    health(): Promise<Health>;
    /** Also answers while the cache is unhealthy: that is the news, not an error. */
    cacheHealth(): Promise<CacheHealth>;
    /** Opens a connection that comes back by itself; versions it brings count as seen. */
    connect(listener: RealtimeListener): RealtimeConnection;
  };

const DEFAULT_TIMEOUT_MS = 10_000;

/** Makes a client of the service at `baseUrl`. Throws a TypeError for anything that is not an http or https URL. */
export function createChatClient(settings: ChatClientSettings): ChatClient {
  const { userId, token, platform, onAnswer, signal } = settings;
  const baseUrl = parseBaseUrl(settings.baseUrl);
  const calls = createCalls({
    baseUrl,
    timeoutMs: settings.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    retry: settings.retry ?? DEFAULT_RETRY,
    readYourWrites: settings.readYourWrites ?? true,
    ...(userId === undefined ? {} : { userId }),
    ...(token === undefined ? {} : { token }),
    ...(platform?.fetch ? { fetch: platform.fetch } : {}),
    ...(onAnswer ? { onAnswer } : {}),
    ...(signal ? { signal } : {}),
  });
  const messages = createMessageCalls(calls);
  return {
    ...messages,
    ...createConversationCalls(calls),
    health: () => readHealth(calls, 'readHealth', '/api/v1/health'),
    cacheHealth: () => readHealth(calls, 'readCacheHealth', '/api/v1/health/cache'),
    connect({ onEvent, onState = () => undefined }) {
      const connection = new RealtimeConnection({
        url: socketUrl(baseUrl, token === undefined ? calls.who(undefined) : undefined),
        token,
        openSocket: platform?.openSocket ?? openWebSocket,
        clock: platform?.clock ?? SYSTEM_CLOCK,
        readAfter: (conversationId, seq) => messages.historyAt({ conversationId, after: seq, limit: 100 }),
        onEvent(event) {
          if ('version' in event) calls.remember(event.conversationId, event.version);
          onEvent(event);
        },
        onState,
      });
      signal?.addEventListener('abort', () => connection.close(), { once: true });
      return connection;
    },
  };
}

function readHealth<Answer>({ call }: Calls, operation: string, path: string): Promise<Answer> {
  return call({ operation, method: 'GET', path, acceptedStatus: 503 });
}

function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`expected the URL of a chat service such as http://localhost:3001, found "${text}"`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Tokens never go into a URL, which is logged on its way; they are sent in the first frame. */
function socketUrl(baseUrl: string, userId: string | undefined): string {
  return `${baseUrl.replace(/^http/, 'ws')}/api/v1/chat/ws${queryOf({ userId })}`;
}
