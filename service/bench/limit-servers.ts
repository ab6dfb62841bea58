import { createServer, type Server } from 'node:http';
import { Redis } from 'ioredis';

/** A server that does the least a cached page needs: one GET of Redis per request, its bytes passed through. */
export function createRedisGetServer(redisUrl: string, key: string): { server: Server; close(): void } {
  const redis = new Redis(redisUrl);
  const server = createServer((_request, response) => {
    redis.getBuffer(key).then(
      (bytes) => {
        const body = bytes ?? Buffer.alloc(0);
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
      },
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  return {
    server,
    close: () => {
      redis.disconnect();
      server.closeAllConnections();
      server.close();
    },
  };
}
