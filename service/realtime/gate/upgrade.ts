import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { ChatError } from '../../domain/errors.ts';
import { userId } from '../../http/fields.ts';
import { HttpProblem } from '../../http/problem.ts';
import { readQuery } from '../../http/query.ts';
import { validate } from '../../http/validation.ts';
import { readAuthorization, readBearerToken } from '../../identity/bearer-token.ts';
import type { Identity } from '../../identity/identity.ts';
import type { VerifiedToken } from '../../identity/verified-tokens.ts';
import type { Limiter } from '../../limits/limiter.ts';
import { isOriginAllowed } from './origin.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';

/** Where sockets are opened. */
const SOCKET_PATH = '/api/v1/chat/ws';

const BEARER = 'bearer.';

/** How long a client is asked to stay away from a process that takes no more sockets, in seconds. */
const RETRY_AFTER = '2';

/** Only the user, for development: a token in a URL would end up in logs. */
const socketQuery = z.strictObject({ userId });

/** A socket that may be opened: whose it is, where that is known already. */
export type Admission = { readonly claimed: string | undefined; readonly verified: VerifiedToken | undefined };

/** What the gate looks at. */
export type GateParts = {
  readonly identity: Identity;
  readonly limiter: Limiter;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly isDraining: () => boolean;
  /** Whether the process has as many connections as it may have, this one left out. */
  readonly refusesSocket: (request: IncomingMessage) => boolean;
  readonly onError: (error: unknown) => void;
  /** Makes the socket of a request that is let in. */
  readonly open: (request: IncomingMessage, socket: Duplex, head: Buffer, admission: Admission) => void;
};

/** Listens to `upgrade` of a server: lets requests for a socket in, or answers them with a problem. */
export function buildUpgradeListener(parts: GateParts) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', ignore);
    admit(request, parts)
      .then((admission) => {
        socket.off('error', ignore);
        parts.open(request, socket, head, admission);
      })
      .catch((error: unknown) => {
        if (!(error instanceof HttpProblem) && !(error instanceof ChatError)) parts.onError(error);
        refuseUpgrade(socket, error, randomUUID());
      });
  };
}

/** A connection that breaks before there is a socket concerns nobody. */
function ignore(): void {}

/** Cheap checks first: who is refused by them costs no look at a token. */
async function admit(request: IncomingMessage, parts: GateParts): Promise<Admission> {
  const { identity, limiter, allowedOrigins } = parts;
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  if (path !== SOCKET_PATH) throw new HttpProblem('unknown-route', `Expected ${SOCKET_PATH} for a WebSocket.`);
  const { origin, host } = request.headers;
  if (!isOriginAllowed(origin, host, allowedOrigins)) {
    throw new HttpProblem('origin-refused', 'Expected a page of this service, or an origin of WS_ALLOWED_ORIGINS.');
  }
  requireRoom(request, parts);
  const { userId: claimed } = validate(socketQuery, readQuery(query));
  const token = readToken(request);
  if (token === undefined && (identity.mode === 'jwt' || claimed === undefined))
    return { claimed, verified: undefined };
  const verified = await identity.authenticate(token, claimed);
  await limiter.consume('connect', verified.userId);
  return { claimed, verified };
}

function requireRoom(request: IncomingMessage, { isDraining, refusesSocket }: GateParts): void {
  const headers = { 'Retry-After': RETRY_AFTER };
  if (isDraining()) throw new HttpProblem('no-room', 'This process is about to stop. Connect again.', { headers });
  if (refusesSocket(request))
    throw new HttpProblem('no-room', 'This process takes no more connections. Connect again.', { headers });
}

/** From the header, or, for browsers, which can set none, out of the subprotocols. */
function readToken(request: IncomingMessage): string | undefined {
  const authorization = readAuthorization(request);
  if (authorization !== undefined) return readBearerToken(authorization);
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim());
  return offered?.find((protocol) => protocol.startsWith(BEARER))?.slice(BEARER.length);
}
