import { setTimeout as sleep } from 'node:timers/promises';
import { messagesPath } from '../conversations.ts';
import { describeSpread, type Row } from '../row.ts';
import { type Crowd, gatherCrowd } from '../sockets/crowd.ts';
import { spreadOf } from '../statistics.ts';

const SUBSCRIBERS = 1_000;
const LEAST_DELIVERIES = 100_000;
const LONGEST_DELAY = 200;
const SENDERS = 8;
const INDEX = 0;

/** What one message to many costs: as many as possible, and how late they come at half of the target. */
export const FAN_OUT: Row = {
  name: 'fan-out',
  title: `fan-out to ${SUBSCRIBERS.toLocaleString('en')} subscribers of one conversation`,
  target: '≥ 100,000 deliveries/s, p99 ≤ 200 ms at half that',
  run: async (bench) => {
    const conversationId = 'bench-0000';
    const sockets = Array.from({ length: SUBSCRIBERS }, (_, index) => ({ userId: `crowd-${index}`, conversationId }));
    await bench.addParticipants(sockets);
    const server = await bench.startService();
    const crowd = await gatherCrowd({ port: server.port, sockets });
    try {
      const { blocks, seconds } = bench.settings;
      await sendAll(server.port, crowd, 1);
      const rates: number[] = [];
      const micros: number[] = [];
      const delays: number[] = [];
      for (let block = 0; block < blocks; block += 1) {
        const before = server.cpuSeconds();
        const { deliveries, seconds: took } = await sendAll(server.port, crowd, seconds);
        rates.push(deliveries / took);
        micros.push(((server.cpuSeconds() - before) * 1e6) / deliveries);
        delays.push(await measureDelay(server.port, crowd, seconds));
      }
      const [rate, delay, cpu] = [spreadOf(rates), spreadOf(delays), spreadOf(micros)];
      return {
        measured: [
          `${describeSpread(rate)} deliveries/s, ${cpu.median.toFixed(1)} µs of CPU each`,
          `p99 ${describeSpread(delay, ' ms')} at ${(LEAST_DELIVERIES / 2).toLocaleString('en')} deliveries/s`,
        ],
        isMet: rate.median >= LEAST_DELIVERIES && delay.median <= LONGEST_DELAY,
      };
    } finally {
      await crowd.stop();
      await server.stop();
    }
  },
};

async function send(port: number): Promise<void> {
  const content = `sent ${performance.timeOrigin + performance.now()} `.padEnd(85, '.');
  const answer = await fetch(`http://127.0.0.1:${port}${messagesPath(INDEX)}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ userId: 'user-1', content }),
  });
  if (answer.status !== 201) throw new Error(`Expected 201 for a send, found ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

/** Sends as fast as answers come; resolves when all has arrived, with the time until then. */
async function sendAll(port: number, crowd: Crowd, seconds: number) {
  const start = performance.now();
  let sent = 0;
  const sender = async () => {
    while (performance.now() - start < seconds * 1_000) {
      await send(port);
      sent += 1;
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  await awaitArrival(crowd, sent * SUBSCRIBERS);
  return { deliveries: sent * SUBSCRIBERS, seconds: (performance.now() - start) / 1_000 };
}

/** p99 of the time from a send to its arrival, in milliseconds, at half of the deliveries that are asked for. */
async function measureDelay(port: number, crowd: Crowd, seconds: number): Promise<number> {
  const perSecond = LEAST_DELIVERIES / 2 / SUBSCRIBERS;
  const start = performance.now();
  const sends: Promise<void>[] = [];
  for (let count = 0; count < perSecond * seconds; count += 1) {
    await sleep(Math.max(0, start + (count * 1_000) / perSecond - performance.now()));
    sends.push(send(port));
  }
  await Promise.all(sends);
  const delays = (await awaitArrival(crowd, sends.length * SUBSCRIBERS)).toSorted((one, other) => one - other);
  return delays[Math.floor(delays.length * 0.99)] ?? Number.NaN;
}

async function awaitArrival(crowd: Crowd, expected: number): Promise<number[]> {
  const deadline = performance.now() + 20_000;
  const delays: number[] = [];
  for (let arrived = 0; ; await sleep(5)) {
    const report = await crowd.report();
    arrived += report.messages;
    delays.push(...report.delays);
    if (arrived >= expected) return delays;
    if (performance.now() > deadline) throw new Error(`Expected ${expected} deliveries, found ${arrived}`);
  }
}
