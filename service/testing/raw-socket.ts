import { connect, type Socket } from 'node:net';
import { socketUrl } from './socket-client.ts';

/** A WebSocket that does nothing by itself: no pong, no close, and it reads only while told to. */
export type RawSocket = {
  readonly socket: Socket;
  /** Writes bytes as they are. */
  write(bytes: Uint8Array): void;
  /** Resolves with everything that was received until the connection ended. */
  readonly ended: Promise<Buffer>;
};

/** Opens one, and resolves when the service has agreed. */
export async function openRawSocket(url: string, userId: string): Promise<RawSocket> {
  const { hostname, port, pathname, search } = new URL(socketUrl(url, `?userId=${userId}`));
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  const agreed = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Buffer>();
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    if (Buffer.concat(chunks.slice(0, 4)).includes('\r\n\r\n')) agreed.resolve();
  });
  socket.on('error', () => undefined); // a reset is an end too
  socket.on('close', () => {
    agreed.reject(new Error(`Expected a WebSocket, found ${Buffer.concat(chunks)}`));
    ended.resolve(Buffer.concat(chunks));
  });
  const head = [
    `GET ${pathname}${search} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await agreed.promise;
  return { socket, write: (bytes) => void socket.write(bytes), ended: ended.promise };
}

/** A frame as clients send it, masked with zeros; `opcode` 1 is text, 2 binary, 9 ping. */
export function buildClientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  if (length > 0xffff) throw new RangeError(`Expected at most 65535 bytes, found ${length}`);
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size, 0, 0, 0, 0]), payload]);
}

/** The code of the close frame that ends what a service sent; undefined where there is none. */
export function findCloseCode(received: Buffer): number | undefined {
  for (let at = received.indexOf('\r\n\r\n') + 4; at + 1 < received.length; ) {
    const short = (received[at + 1] as number) & 0x7f;
    const [start, length] =
      short < 126
        ? [at + 2, short]
        : short === 126
          ? [at + 4, received.readUInt16BE(at + 2)]
          : [at + 10, Number(received.readBigUInt64BE(at + 2))];
    if (((received[at] as number) & 0x0f) === 8) return received.readUInt16BE(start);
    at = start + length;
  }
  return undefined;
}
