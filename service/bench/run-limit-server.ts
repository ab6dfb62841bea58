import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createRedisGetServer } from './limit-servers.ts';

// A process of its own, as the service is: `node run-limit-server.ts <redis url> <key>` prints its port.
const [redisUrl = '', key = ''] = process.argv.slice(2);
const { server } = createRedisGetServer(redisUrl, key);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
