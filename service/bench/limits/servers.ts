import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Redis } from 'ioredis';
import { Pool } from 'pg';

/** Answers one request; what it throws is answered 500. */
export type Handler = (request: IncomingMessage) => Promise<Answer> | Answer;

/** What is answered: JSON. */
export type Answer = { readonly status: number; readonly body: string | Buffer };

/** Connections of the pool, as many as the service has. */
const POOL_SIZE = 10;

/** Nothing but HTTP. */
export function createBareHandler(): Handler {
  const body = Buffer.from('{"status":"ok"}');
  return () => ({ status: 200, body });
}

/** The least that a cached page needs without a tier of its own: one GET of Redis, its bytes passed through. */
export function createRedisGetHandler(redisUrl: string, key: string): Handler {
  const redis = new Redis(redisUrl);
  return async () => ({ status: 200, body: (await redis.getBuffer(key)) ?? Buffer.alloc(0) });
}

/** The least that a page of the database needs: 50 rows by the index, written as JSON. */
export function createSelectHandler(databaseUrl: string, conversationId: string): Handler {
  const pool = new Pool({ connectionString: databaseUrl, max: POOL_SIZE });
  const sql = `select id, conversation_id, seq, user_id, content, message_type, created_at from message
    where conversation_id = $1 and seq < $2 order by seq desc limit 50`;
  return async () => {
    const { rows } = await pool.query(sql, [conversationId, Number.MAX_SAFE_INTEGER]);
    return { status: 200, body: JSON.stringify(rows) };
  };
}

/** The least that storing a message needs: one INSERT into a table like that of the service, without its references. */
export function createInsertHandler(databaseUrl: string): Handler {
  const pool = new Pool({ connectionString: databaseUrl, max: POOL_SIZE });
  const sql = `insert into bench_message (id, conversation_id, user_id, message_type, content)
    values ($1, $2, $3, $4, $5) returning id, seq, created_at`;
  return async (request) => {
    const { userId, content } = JSON.parse(await readBody(request)) as { userId: string; content: string };
    const { rows } = await pool.query(sql, [randomUUID(), request.url, userId, 'TEXT', content]);
    return { status: 201, body: JSON.stringify(rows[0]) };
  };
}

/** The table of `createInsertHandler`. */
export const INSERT_TABLE = `create table bench_message (
  id varchar(128) primary key,
  conversation_id varchar(500) not null,
  seq bigint generated always as identity,
  user_id varchar(128) not null,
  message_type varchar(32) not null,
  content text not null,
  created_at timestamptz(3) not null default now(),
  unique (conversation_id, seq)
)`;

/** Turns a handler into a listener of node:http. */
export function listenerOf(handler: Handler) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const { status, body } = await handler(request);
      const length = Buffer.byteLength(body);
      response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': length }).end(body);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  };
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => resolve(body)).on('error', reject);
  });
}
