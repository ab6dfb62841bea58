/** What a close of the socket asks for: connect again, connect again with a new token, or stop. */
export type CloseVerdict = 'reconnect' | 'new-token' | 'stop';

/** The token ran out. */
const TOKEN_EXPIRED = 3502;

/** What was wrong with what we sent would be wrong the next time, too (RFC 6455, section 7.4.1). */
const PROTOCOL_ERRORS: readonly number[] = [1002, 1003, 1007, 1008, 1009, 1010];

/**
 * Reads a close code. 3500–3999 and 4500–4999 are terminal, but for an expired token where another one can be had, and so are
 * errors of the protocol; everything else (the network, a drain, a slow reader, a mistake of the service) is worth another try.
 */
export function judgeClose(code: number, canRenewToken: boolean): CloseVerdict {
  if (code === TOKEN_EXPIRED && canRenewToken) return 'new-token';
  const isTerminal = (code >= 3500 && code <= 3999) || (code >= 4500 && code <= 4999);
  return isTerminal || PROTOCOL_ERRORS.includes(code) ? 'stop' : 'reconnect';
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;

/**
 * The wait before a connection attempt, in milliseconds: full jitter, a random part of a span that doubles with each attempt
 * from 0.5 to 20 s, so that clients who lost one service at the same moment do not come back at the same moment.
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
 */
export function chooseWait(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt - 1, 10)));
}
