import { makeClientMessageId } from './client-message-id.ts';
import { UnexpectedAnswerError } from './errors.ts';
import { type ClientRequest, type RequestSettings, sendRequest } from './request.ts';
import { createSeenVersions, type SeenVersions } from './seen-versions.ts';

/** What the groups of calls work with. */
export type Calls = {
  call<Answer>(request: ClientRequest): Promise<Answer>;
  /** The user of the settings. */
  self: string | undefined;
  /** Who asks; undefined where the token says it. Throws a TypeError where nothing does. */
  who(userId: string | undefined): string | undefined;
  /** The version that a page must have at least; undefined where nothing was seen, or it does not matter. */
  leastVersion(conversationId: string): number | undefined;
  remember(conversationId: string, version: number): void;
  newId(): string;
};

/** What callers have in common. */
export type CallSettings = RequestSettings & { userId?: string; readYourWrites: boolean };

/** Where the routes of conversations begin. */
export const CONVERSATIONS = '/api/v1/chat/conversations';

/** Makes what the groups of calls work with; versions seen are remembered in `seen`. */
export function createCalls(settings: CallSettings, seen: SeenVersions = createSeenVersions()): Calls {
  return {
    self: settings.userId,
    call: <Answer>(request: ClientRequest) => sendRequest(request, settings) as Promise<Answer>,
    who(userId) {
      const user = userId ?? settings.userId;
      if (user || settings.token !== undefined) return user;
      throw new TypeError('expected a userId in the call or in the settings of the client, found none');
    },
    leastVersion: (conversationId) => (settings.readYourWrites ? seen.newest(conversationId) : undefined),
    remember: seen.remember,
    newId: makeClientMessageId,
  };
}

/** The path of a conversation, or of something in it: each part is encoded. */
export function pathOf(conversationId: string, ...parts: string[]): string {
  return [CONVERSATIONS, ...[conversationId, ...parts].map(encodeURIComponent)].join('/');
}

/** A query string with its question mark, of the values that are there. */
export function queryOf(values: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query}`;
}

/** The failure of an answer that is JSON and yet not the service's. */
export function unexpected(expected: string, found: unknown): UnexpectedAnswerError {
  return new UnexpectedAnswerError(`expected ${expected}, found ${JSON.stringify(found)?.slice(0, 200)}`);
}
