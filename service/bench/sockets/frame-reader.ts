const PING = 0x9;
const CLOSE = 0x8;

/** A frame that a service sent: its kind and its content, which is valid until the next one is read. */
export type Frame = { readonly kind: 'text' | 'ping' | 'close'; readonly content: Buffer };

/** Takes a stream of bytes apart into WebSocket frames of a server: whole, unmasked, of at most 64 KiB (RFC 6455, 5.2). */
export class FrameReader {
  #rest = Buffer.alloc(0);

  /** Tells of each frame that is whole now. */
  read(bytes: Buffer, tell: (frame: Frame) => void): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let place = 0;
    while (all.length - place >= 2) {
      const code = (all[place] as number) & 0x0f;
      const short = all[place + 1] as number;
      const start = place + (short === 126 ? 4 : 2);
      if (all.length < start) break;
      const end = start + (short === 126 ? all.readUInt16BE(place + 2) : short);
      if (all.length < end) break;
      const kind = code === PING ? 'ping' : code === CLOSE ? 'close' : 'text';
      tell({ kind, content: all.subarray(start, end) });
      place = end;
    }
    this.#rest = Buffer.from(all.subarray(place)); // copied: the bytes are the socket's
  }
}

/** A frame as clients send it, masked with zeros, of less than 64 KiB. */
export function encodeClientFrame(kind: 'text' | 'pong', content: Buffer): Buffer {
  const isShort = content.length < 126;
  const head = Buffer.alloc(isShort ? 6 : 8);
  head[0] = kind === 'text' ? 0x81 : 0x8a;
  head[1] = 0x80 | (isShort ? content.length : 126);
  if (!isShort) head.writeUInt16BE(content.length, 2);
  return Buffer.concat([head, content]);
}
