import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { encodeClientFrame, type Frame, FrameReader } from './frame-reader.ts';

// A process that holds many sockets, so light that it is not what is measured: it looks into a few of the frames only. The plan
// comes as the first line of standard input; each further line asks for a report of what came since the one before.

/** Who is to listen to what. */
export type SubscriberPlan = { readonly port: number; readonly sockets: readonly SubscriberSocket[] };

/** A socket of a user, following one conversation. */
export type SubscriberSocket = { readonly userId: string; readonly conversationId: string };

/** What came since the report before. `delays` are milliseconds from the sending of some messages to their arrival. */
export type SubscriberReport = {
  readonly messages: number;
  readonly pings: number;
  readonly closed: number;
  readonly delays: readonly number[];
};

const AT_ONCE = 100;
const LOOKED_AT = 20; // one socket of so many tells delays
const MESSAGE = Buffer.from('{"type":"message"');
const SENT = Buffer.from('"content":"sent ');

let messages = 0;
let pings = 0;
let closed = 0;
let delays: number[] = [];

function hear(socket: Socket, frame: Frame, isLookedAt: boolean, onSubscribed: () => void): void {
  if (frame.kind === 'ping') {
    pings += 1;
    socket.write(encodeClientFrame('pong', frame.content));
  } else if (frame.kind === 'text' && frame.content.subarray(0, MESSAGE.length).equals(MESSAGE)) {
    messages += 1;
    const place = isLookedAt ? frame.content.indexOf(SENT) : -1;
    if (place === -1) return;
    const sent = Number.parseFloat(frame.content.toString('latin1', place + SENT.length, place + SENT.length + 20));
    delays.push(performance.timeOrigin + performance.now() - sent);
  } else if (frame.content.includes('"type":"subscribed"')) {
    messages += (JSON.parse(frame.content.toString()) as { messages: unknown[] }).messages.length; // what a gap held back
    onSubscribed();
  }
}

function open(port: number, { userId, conversationId }: SubscriberSocket, isLookedAt: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader();
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const lines = [
      `GET /api/v1/chat/ws?userId=${userId} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.write(encodeClientFrame('text', Buffer.from(JSON.stringify({ type: 'subscribe', conversationId }))));
    let isOpen = false;
    socket.on('data', (bytes: Buffer) => {
      let rest = bytes;
      if (!isOpen) {
        const end = bytes.indexOf('\r\n\r\n');
        if (!bytes.toString('latin1').startsWith('HTTP/1.1 101')) {
          return reject(new Error(`Expected a socket, found ${bytes.toString()}`));
        }
        isOpen = true;
        rest = bytes.subarray(end + 4);
      }
      reader.read(rest, (frame) => hear(socket, frame, isLookedAt, resolve));
    });
    socket.on('error', reject);
    socket.on('close', () => {
      closed += 1;
      reject(new Error('Expected a subscription, found the socket closed'));
    });
  });
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { port, sockets } = JSON.parse((await lines.next()).value ?? '') as SubscriberPlan;
for (let start = 0; start < sockets.length; start += AT_ONCE) {
  const some = sockets.slice(start, start + AT_ONCE);
  await Promise.all(some.map((socket, index) => open(port, socket, (start + index) % LOOKED_AT === 0)));
}
process.stdout.write('ready\n');
while (!(await lines.next()).done) {
  const report: SubscriberReport = { messages, pings, closed, delays };
  messages = 0;
  pings = 0;
  delays = [];
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
process.exit(0);
