import type { News } from '../domain/change.ts';

// No id holds a control character, so these part what is not JSON.
const BETWEEN_FIELDS = '\n';
const BETWEEN_IDS = '\t';

/**
 * News for other processes, as the JSON part of an event of version 0: whom it is about, whom it is told to, then the frame as
 * clients get it. `aboutUser⏎user⇥user…⏎{"type":…}`
 */
export function encodeNews(news: News): string {
  const { aboutUserId = '', toUserIds = [], json } = news;
  return [aboutUserId, toUserIds.join(BETWEEN_IDS), json].join(BETWEEN_FIELDS);
}

/** Reads it again; undefined when it is something else. */
export function decodeNews(conversationId: string, text: string): News | undefined {
  const first = text.indexOf(BETWEEN_FIELDS);
  const second = text.indexOf(BETWEEN_FIELDS, first + 1);
  if (first === -1 || second === -1) return undefined;
  const aboutUserId = text.slice(0, first);
  const toUserIds = text.slice(first + 1, second);
  return {
    conversationId,
    json: text.slice(second + 1),
    ...(aboutUserId === '' ? {} : { aboutUserId }),
    ...(toUserIds === '' ? {} : { toUserIds: toUserIds.split(BETWEEN_IDS) }),
  };
}
