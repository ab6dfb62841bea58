import { setTimeout as sleep } from 'node:timers/promises';
import { CONVERSATIONS, conversationId } from '../conversations.ts';
import type { Row } from '../row.ts';
import { gatherCrowd } from '../sockets/crowd.ts';

const SOCKETS = 10_000;
const MOST_MEBIBYTES = 250;
const PING_SECONDS = 5;

/** Memory of sockets that follow a conversation each, in which nobody writes, through two rounds of pings. */
export const IDLE_SOCKETS: Row = {
  name: 'idle-sockets',
  title: `${SOCKETS.toLocaleString('en')} WebSockets, idle and pinged, one process`,
  target: `≤ ${MOST_MEBIBYTES} MiB over the idle process`,
  run: async (bench) => {
    const sockets = Array.from({ length: SOCKETS }, (_, index) => ({
      userId: `listener-${index}`,
      conversationId: conversationId(index % CONVERSATIONS),
    }));
    await bench.addParticipants(sockets);
    const server = await bench.startService({ WS_PING_SECONDS: `${PING_SECONDS}` });
    try {
      await sleep(2_000);
      const idle = server.residentMebibytes();
      const crowd = await gatherCrowd({ port: server.port, sockets });
      await crowd.report();
      await sleep(PING_SECONDS * 2_000 + 1_000);
      const { pings } = await crowd.report();
      const more = server.residentMebibytes() - idle;
      await crowd.stop();
      if (pings < SOCKETS) throw new Error(`Expected each of ${SOCKETS} sockets to be pinged, found ${pings} pings`);
      const each = (more * 1_024) / SOCKETS;
      return {
        measured: [`${more.toFixed(0)} MiB over ${idle.toFixed(0)} MiB, ${each.toFixed(1)} KiB for each`],
        isMet: more <= MOST_MEBIBYTES,
      };
    } finally {
      await server.stop();
    }
  },
};
