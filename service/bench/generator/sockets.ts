import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

// Holds many WebSockets, as cheaply as Node can: no package, one shared buffer to read into, and frames are counted by their
// headers. One argument, JSON: see `SocketsPlan`. Says `{"ready":true}`, then answers each line it is given with a JSON line.

/** What to open and what to follow. */
export type SocketsPlan = {
  readonly port: number;
  readonly sockets: number;
  /** So many users share them. */
  readonly users: number;
  /** Followed by all, if any. */
  readonly conversationId?: string;
};

/** What was received since the last line. Times in milliseconds, from the send to the arrival at every tenth socket. */
export type SocketsResult = {
  readonly deliveries: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly closed: number;
  readonly cpuSeconds: number;
};

const OPENING_AT_ONCE = 100;
const SAMPLED = 10;
const TEXT = 1;
const PING = 9;

const plan = JSON.parse(process.argv[2] ?? '') as SocketsPlan;
const state = { deliveries: 0, delays: [] as number[], closed: 0, since: performance.now(), cpu: process.cpuUsage() };
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);
const marker = Buffer.from('sent-at:');

/** Reads frames of one socket: only lengths, and now and then when what it holds was sent. */
class FrameReader {
  #skip = 0;
  #rest: Buffer = Buffer.alloc(0);
  readonly #isSampled: boolean;
  readonly #onPing: () => void;

  constructor(isSampled: boolean, onPing: () => void) {
    this.#isSampled = isSampled;
    this.#onPing = onPing;
  }

  read(chunk: Buffer): number {
    if (this.#isSampled) sample(chunk);
    let frames = 0;
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = data.subarray(0, 0);
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, data.length);
      this.#skip -= skipped;
      data = data.subarray(skipped);
    }
    let at = 0;
    while (at < data.length) {
      const length = readLength(data, at);
      if (length === undefined) {
        this.#rest = Buffer.from(data.subarray(at));
        break;
      }
      const kind = (data[at] as number) & 0x0f;
      if (kind === TEXT) frames += 1;
      else if (kind === PING) this.#onPing();
      at += length;
      if (at > data.length) this.#skip = at - data.length;
    }
    return frames;
  }
}

/** Length of the frame that begins there, header included; undefined where too little of it is here. */
function readLength(data: Buffer, at: number): number | undefined {
  if (data.length < at + 2) return undefined;
  const short = (data[at + 1] as number) & 0x7f;
  if (short < 126) return 2 + short;
  if (short === 126) return data.length < at + 4 ? undefined : 4 + data.readUInt16BE(at + 2);
  return data.length < at + 10 ? undefined : 10 + Number(data.readBigUInt64BE(at + 2));
}

function sample(chunk: Buffer): void {
  const now = Date.now();
  for (let at = chunk.indexOf(marker); at !== -1; at = chunk.indexOf(marker, at + 1)) {
    const sentAt = Number(chunk.toString('latin1', at + marker.length, at + marker.length + 13));
    if (sentAt > 0) state.delays.push(now - sentAt);
  }
}

/** A text frame as clients send it; a mask of zeros changes nothing. */
function buildClientFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

const buffer = Buffer.alloc(256 * 1024);
const sockets: Socket[] = [];

/** Opens one socket; resolves when it was welcomed and follows what it should. */
function open(index: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const wanted = plan.conversationId === undefined ? 1 : 2;
  const reader = new FrameReader(index % SAMPLED === 0, () => socket.write(pong));
  let isUpgraded = false;
  let seen = 0;
  const take = (chunk: Buffer) => {
    const frames = reader.read(chunk);
    if (seen >= wanted) {
      state.deliveries += frames;
      return;
    }
    seen += frames;
    if (seen >= wanted) resolve();
  };
  const onHead = (chunk: Buffer) => {
    const end = chunk.indexOf('\r\n\r\n');
    if (!chunk.toString('latin1', 9, 12).startsWith('101') || end === -1) {
      reject(new Error(chunk.toString('latin1', 0, 300)));
      return;
    }
    isUpgraded = true;
    if (plan.conversationId !== undefined) {
      const { conversationId } = plan;
      socket.write(buildClientFrame(JSON.stringify({ type: 'subscribe', conversationId })));
    }
    take(chunk.subarray(end + 4));
  };
  const callback = (size: number, from: Uint8Array) => {
    const chunk = (from as Buffer).subarray(0, size);
    if (isUpgraded) take(chunk);
    else onHead(chunk);
    return true;
  };
  const socket = connect({ port: plan.port, host: '127.0.0.1', onread: { buffer, callback } });
  socket.on('error', reject);
  socket.on('close', () => {
    state.closed += 1;
  });
  const user = `user-${(index % plan.users) + 1}`;
  socket.write(
    `GET /api/v1/chat/ws?userId=${user} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  sockets.push(socket);
  return promise;
}

for (let start = 0; start < plan.sockets; start += OPENING_AT_ONCE) {
  const count = Math.min(OPENING_AT_ONCE, plan.sockets - start);
  await Promise.all(Array.from({ length: count }, (_, index) => open(start + index)));
}
process.stdout.write('{"ready":true}\n');

for await (const _ of createInterface({ input: process.stdin })) {
  const delays = state.delays.toSorted((one, other) => one - other);
  const at = (part: number) => delays[Math.floor(part * (delays.length - 1))] ?? Number.NaN;
  const { user, system } = process.cpuUsage(state.cpu);
  const result: SocketsResult = {
    deliveries: state.deliveries,
    seconds: (performance.now() - state.since) / 1_000,
    p50: at(0.5),
    p99: at(0.99),
    closed: state.closed,
    cpuSeconds: (user + system) / 1e6,
  };
  Object.assign(state, { deliveries: 0, delays: [], since: performance.now(), cpu: process.cpuUsage() });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
for (const socket of sockets) socket.destroy();
