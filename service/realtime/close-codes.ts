/**
 * Why the service closes a socket. The number tells a client what to do, by the ranges that Centrifugo uses too:
 *  - 3000–3499, and those of networks and libraries (1001, 1006, 1011 …): connect again, with back-off, and resume.
 *  - 3500–3999, and 1009: the client made a mistake that would repeat itself.
 * A refused origin has no code: it is HTTP 403 before there is a socket.
 */
export const CLOSE_CODES = {
  draining: { code: 3000, reason: 'the service is about to stop: connect again' },
  slow: { code: 3001, reason: 'more than 1 MiB waits to be read: connect again and resume' },
  noPong: { code: 3002, reason: 'a ping was not answered' },
  tooManyConnections: { code: 3003, reason: 'too many connections of this user' },
  internal: { code: 3004, reason: 'the service made a mistake' },
  badFrame: { code: 3500, reason: 'the frame is not one of the protocol' },
  unauthenticated: { code: 3501, reason: 'it is not known who this is' },
  tokenExpired: { code: 3502, reason: 'the token has expired: connect again with a new one' },
  rateLimited: { code: 3503, reason: 'too many frames' },
} as const;

/** Why a socket is closed. */
export type CloseReason = keyof typeof CLOSE_CODES;
