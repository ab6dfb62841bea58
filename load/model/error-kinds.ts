/** Names of what may go wrong with a request, a bounded list: each is a counter. */
export const errorKinds = [
  'timeout',
  'connection',
  'status 4xx',
  'status 408',
  'status 429',
  'status 5xx',
  'status 503',
  'wrong content',
  'out of order',
  'not delivered',
  'socket closed',
] as const;
/** One of them. */
export type ErrorKind = (typeof errorKinds)[number];

/** What an unexpected answer is: by its status, 0 where none came, and whether time ran out. */
export function errorOfStatus(status: number, timedOut: boolean): ErrorKind {
  if (status === 0) return timedOut ? 'timeout' : 'connection';
  if (status === 408 || status === 429 || status === 503) return `status ${status}`;
  return status >= 500 ? 'status 5xx' : 'status 4xx';
}
