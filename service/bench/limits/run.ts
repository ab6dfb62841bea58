import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createBareHandler,
  createInsertHandler,
  createRedisGetHandler,
  createSelectHandler,
  type Handler,
  listenerOf,
} from './servers.ts';

// A process of its own, as the service is: `node run.ts <kind> <address of what it asks> <what it asks for>`; prints its port.
const [kind = '', address = '', wanted = ''] = process.argv.slice(2);
const HANDLERS: Readonly<Record<string, () => Handler>> = {
  bare: createBareHandler,
  'redis-get': () => createRedisGetHandler(address, wanted),
  select: () => createSelectHandler(address, wanted),
  insert: () => createInsertHandler(address),
};
const create = HANDLERS[kind];
if (!create) throw new Error(`Expected one of ${Object.keys(HANDLERS).join(', ')}, found ${kind}`);
const server = createServer(listenerOf(create()));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
