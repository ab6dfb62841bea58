import { ChatError, IdentityMismatch, RateLimited, Unauthenticated } from '../domain/errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { VerifiedToken } from '../identity/verified-tokens.ts';
import type { Limiter } from '../limits/limiter.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { type ClientFrame, readClientFrame } from './frames.ts';
import { type Hub, tellError } from './hub.ts';
import type { ReadMarkers } from './read-markers.ts';
import type { Typing } from './typing.ts';

/** Most characters of frames that wait while a token is looked at. */
const MOST_EARLY = 64 * 1_024;

/** What frames act on. */
export type ProtocolParts = {
  readonly identity: Identity;
  readonly limiter: Limiter;
  readonly connections: Connections;
  readonly hub: Hub;
  readonly typing: Typing;
  readonly readMarkers: ReadMarkers;
  readonly pingSeconds: number;
  readonly onError: (error: unknown) => void;
};

/** What the frames of clients do. */
export class Protocol {
  readonly #parts: ProtocolParts;

  constructor(parts: ProtocolParts) {
    this.#parts = parts;
  }

  /** A text frame came. */
  onText(connection: Connection, text: string): void {
    if (connection.isAuthenticating) {
      this.#defer(connection, text);
      return;
    }
    const frame = readClientFrame(text);
    if (!frame) connection.close('badFrame');
    else if (frame.type === 'authenticate') void this.#authenticate(connection, frame.token);
    else if (connection.userId === undefined) connection.close('unauthenticated');
    else this.#act(connection, connection.userId, frame);
  }

  /** It is known who this is: from now on frames are taken. */
  welcome(connection: Connection, { userId, expiresAt }: VerifiedToken): void {
    if (!connection.isOpen) return;
    if (!this.#parts.connections.assign(connection, userId)) {
      connection.close('tooManyConnections');
      return;
    }
    connection.admit(userId, expiresAt);
    connection.tell({ type: 'welcome', userId, pingSeconds: this.#parts.pingSeconds });
  }

  #act(connection: Connection, userId: string, frame: Exclude<ClientFrame, { type: 'authenticate' }>): void {
    const { hub, typing, readMarkers } = this.#parts;
    const id = frame.conversationId;
    if (frame.type === 'subscribe') {
      const { seq, version = Number.POSITIVE_INFINITY } = frame;
      void hub.subscribe(connection, userId, id, seq === undefined ? undefined : { seq, version });
      return;
    }
    if (frame.type === 'unsubscribe') {
      hub.unsubscribe(connection, id);
      return;
    }
    const subscription = connection.subscriptions?.get(id);
    if (subscription?.state !== 'live') {
      const detail = 'Expected a conversation that this socket follows.';
      tellError(connection, frame.type, 'not-a-participant', detail, id);
    } else if (frame.type === 'typing') void typing.tell(userId, id);
    else void readMarkers.move(subscription, id, frame.seq);
  }

  async #authenticate(connection: Connection, token: string): Promise<void> {
    const { identity, limiter } = this.#parts;
    const known = connection.userId;
    connection.isAuthenticating = true;
    try {
      const verified = await identity.authenticate(token, known ?? connection.claimed);
      if (known !== undefined) connection.admit(known, verified.expiresAt);
      else {
        await limiter.consume('connect', verified.userId);
        this.welcome(connection, verified);
      }
    } catch (error) {
      this.#refuse(connection, error);
    }
    connection.isAuthenticating = false;
    const { early = [] } = connection;
    connection.early = undefined;
    for (const text of early) if (connection.isOpen) this.onText(connection, text);
  }

  /** Whoever is known and whose new token cannot be checked now goes on under the old one, as long as that lasts. */
  #refuse(connection: Connection, error: unknown): void {
    if (error instanceof Unauthenticated || error instanceof IdentityMismatch) connection.close('unauthenticated');
    else if (error instanceof RateLimited) connection.close('tooManyConnections');
    else if (connection.userId === undefined) connection.close('internal');
    if (!(error instanceof ChatError)) this.#parts.onError(error);
  }

  #defer(connection: Connection, text: string): void {
    connection.early ??= [];
    connection.early.push(text);
    const waiting = connection.early.reduce((sum, { length }) => sum + length, 0);
    if (waiting > MOST_EARLY) connection.close('rateLimited');
  }
}
