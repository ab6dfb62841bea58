import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import { WebSocketServer } from 'ws';
import { EventPublisher } from '../cache/event-publisher.ts';
import type { EventStream } from '../cache/event-stream.ts';
import type { RedisConnection } from '../cache/redis-connection.ts';
import type { RealtimeConfig } from '../config/realtime-config.ts';
import type { News } from '../domain/change.ts';
import type { Identity } from '../identity/identity.ts';
import type { Limiter } from '../limits/limiter.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Announcer } from './announcer.ts';
import type { Snapshot } from './catch-up.ts';
import { ChatSocket } from './chat-socket.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import { Connections } from './connections.ts';
import { drainConnections } from './drain.ts';
import { LARGEST_FRAME, SUBPROTOCOL } from './frames.ts';
import { type Admission, buildUpgradeListener } from './gate/upgrade.ts';
import { Hub } from './hub.ts';
import { NewsDesk } from './news-desk.ts';
import { Outboxes } from './outboxes.ts';
import { Presence } from './presence.ts';
import { Protocol } from './protocol.ts';
import { type MarkRead, ReadMarkers } from './read-markers.ts';
import { createRealtimeMetrics } from './realtime-metrics.ts';
import { ReplicaEvents } from './replica-events.ts';
import type { Position } from './subscription.ts';
import { TimerWheel } from './timer-wheel.ts';
import { Typing } from './typing.ts';

/** How exact deadlines of sockets are, in milliseconds. */
const TICK = 250;

/** How long a closing handshake may take, in milliseconds. */
const CLOSING = 5_000;

/** How long closing handshakes may take when the process ends, in milliseconds. */
const LAST_CLOSING = 1_000;

// A frame of 16 KiB in so many fragments, and in so many pieces as the network brings them, is in order; more of them are a way to
// take memory.
const MOST_FRAGMENTS = 64;
const MOST_PIECES = 1_024;

/** What sockets stand on. */
export type RealtimeParts = {
  readonly config: RealtimeConfig;
  readonly identity: Identity;
  readonly limiter: Limiter;
  readonly announcer: Announcer;
  /** Absent where there is no Redis: other processes are then followed by asking Postgres. */
  readonly redis: RedisConnection | undefined;
  readonly stream: EventStream | undefined;
  /** Names this process among those that share the Redis. */
  readonly origin: string;
  readonly readCatchUp: (conversationId: string, from: Position | undefined) => Promise<Snapshot | undefined>;
  readonly readVersions: (ids: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  readonly markRead: MarkRead;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly isDraining: () => boolean;
  /** Whether a request came over a connection for which there is no room. */
  readonly refusesSocket: (request: IncomingMessage) => boolean;
};

/** The WebSockets of a service. */
export type Realtime = {
  readonly presence: Presence;
  readonly typing: Typing;
  /** Has requests for a socket of this server answered. */
  attach(server: Server): void;
  /** Sends all clients away over so many milliseconds. */
  drain(overMs: number): Promise<void>;
  /** Ends what is left. */
  close(): Promise<void>;
};

/** Puts the parts of realtime together. */
export function createRealtime(parts: RealtimeParts): Realtime {
  const { config, identity, limiter, announcer, redis, stream, origin, logger } = parts;
  const onError = (error: unknown) => logger.error({ err: error }, 'a WebSocket met an error that nobody foresaw');
  const metrics = createRealtimeMetrics(parts.registry, () => ({
    connections: connections.size,
    subscriptions: hub.subscriptions,
  }));
  const hub = new Hub({
    readCatchUp: parts.readCatchUp,
    readVersions: parts.readVersions,
    isStreamHealthy: () => stream?.isHealthy ?? false,
    metrics,
    onError,
  });
  const connections = new Connections(config.maxConnectionsPerUser, {
    onFirst: (userId) => presence.arrive(userId),
    onLast: (userId) => presence.depart(userId),
  });
  const desk = new NewsDesk(hub, connections, redis && new EventPublisher(redis, origin));
  const presence: Presence = new Presence({
    redis,
    origin,
    hasUser: (userId) => connections.hasUser(userId),
    userIds: () => connections.userIds,
    tell: (userId, status) => desk.tellPresence(userId, status),
  });
  const typing = new Typing(redis, announcer);
  const protocol = new Protocol({
    identity,
    limiter,
    connections,
    hub,
    typing,
    readMarkers: new ReadMarkers(parts.markRead, announcer),
    pingSeconds: config.pingSeconds,
    onError,
  });
  const events = new ReplicaEvents(hub, origin, (news: News) => desk.tellHere(news), onError);
  stream?.listen(events);
  announcer.onChange((change) => hub.hear(change));
  announcer.onNews((news) => desk.tell(news));
  announcer.onInvitation((userIds, conversationId) => desk.invite(userIds, conversationId));

  const host: ConnectionHost = {
    patience: {
      pingEvery: config.pingSeconds * 1_000,
      pongWithin: config.pongSeconds * 1_000,
      authenticateWithin: config.authenticateSeconds * 1_000,
      tokenGrace: config.tokenGraceSeconds * 1_000,
    },
    wheel: new TimerWheel(TICK),
    outboxes: new Outboxes(),
    onText: (connection, text) => protocol.onText(connection, text),
    onLeave: (connection, code) => {
      metrics.countClose(code);
      hub.leave(connection);
      connections.release(connection);
    },
    onGone: (connection) => connections.remove(connection),
  };
  const socketServer = new WebSocketServer<typeof ChatSocket>({
    noServer: true,
    WebSocket: ChatSocket,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LARGEST_FRAME,
    maxFragments: MOST_FRAGMENTS,
    maxBufferedChunks: MOST_PIECES,
    skipUTF8Validation: false,
    autoPong: false, // a ping is answered by the connection, within its budget
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
    ...{ closeTimeout: CLOSING }, // not in the package's types yet
  });
  const open = (request: IncomingMessage, socket: Duplex, head: Buffer, { claimed, verified }: Admission) =>
    socketServer.handleUpgrade(request, socket, head, (ws) => {
      const connection = new Connection(host, ws, socket, claimed, performance.now());
      connections.add(connection);
      ws.attach(connection);
      if (verified) protocol.welcome(connection, verified);
    });

  return {
    presence,
    typing,
    attach: (server) => {
      const { isDraining, refusesSocket } = parts;
      const allowedOrigins = new Set(config.allowedOrigins);
      server.on(
        'upgrade',
        buildUpgradeListener({ identity, limiter, allowedOrigins, isDraining, refusesSocket, onError, open }),
      );
    },
    drain: (overMs) => drainConnections(connections.all, overMs),
    close: async () => {
      await drainConnections(connections.all, 0);
      const deadline = performance.now() + LAST_CLOSING;
      while (connections.size > 0 && performance.now() < deadline) await sleep(10);
      for (const connection of connections.all) connection.terminate();
      events.close();
      hub.close();
      presence.close();
      host.wheel.close();
    },
  };
}
