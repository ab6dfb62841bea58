import { WebSocket } from 'ws';
import type { Connection } from './connection.ts';

/**
 * A WebSocket of the package `ws` that knows its connection, so that all sockets share the same listeners: a closure for each
 * event of each of 10,000 sockets is memory that nobody needs.
 */
export class ChatSocket extends WebSocket {
  connection: Connection | undefined;

  /** Has a connection hear what happens on this socket. */
  attach(connection: Connection): void {
    this.connection = connection;
    this.on('message', onMessage);
    this.on('ping', onPing);
    this.on('pong', onPong);
    this.on('error', onError);
    this.on('close', onClose);
  }
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  (this as ChatSocket).connection?.onMessage(data as Buffer, isBinary); // binaryType is nodebuffer
}

function onPing(this: WebSocket, data: Buffer): void {
  (this as ChatSocket).connection?.onPing(data);
}

function onPong(this: WebSocket): void {
  (this as ChatSocket).connection?.onPong();
}

function onError(this: WebSocket, error: Error & { readonly code?: string }): void {
  (this as ChatSocket).connection?.onProtocolError(error.code);
}

function onClose(this: WebSocket, code: number): void {
  (this as ChatSocket).connection?.onClose(code);
}
