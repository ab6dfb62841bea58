import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { connect as connectEncrypted } from 'node:tls';
import { enterWithAny, type PasswordServer, type ServerAnswer } from './server-answer.ts';

/** Has a Redis take exactly these passwords for its default user, in one step. Connections that are open stay so. */
export function setRedisPasswords(server: PasswordServer, accepted: readonly string[]): Promise<ServerAnswer> {
  return enterWithAny(server, (password) => setAs(server, password, accepted));
}

/** By their digests: a slow command is logged, and MONITOR shows all of them. */
const hash = (password: string): string => `#${createHash('sha256').update(password).digest('hex')}`;

async function setAs(server: PasswordServer, password: string, accepted: readonly string[]): Promise<ServerAnswer> {
  const commands = [
    ['AUTH', 'default', password],
    ['ACL', 'SETUSER', 'default', 'resetpass', ...accepted.map(hash)],
  ];
  const [login, change] = await ask(server, commands).catch((error: Error) => [error.message, error.message]);
  if (login === '+OK' && change === '+OK') return { kind: 'done' };
  return /^-(WRONGPASS|NOAUTH|NOPERM)/.test(login ?? '')
    ? { kind: 'refused', reason: (login ?? '').slice(1) }
    : { kind: 'unreachable', reason: change ?? login ?? 'no answer' };
}

const write = (words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** Sends commands whose answers are a line each, and answers these. */
async function ask(server: PasswordServer, commands: readonly (readonly string[])[]): Promise<string[]> {
  const { host, port, tls, timeoutMilliseconds } = server;
  const socket: Socket =
    tls === undefined
      ? connect(port, host)
      : connectEncrypted({ host, port, servername: tls.servername, ca: [...tls.ca] });
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  let text = '';
  socket.setTimeout(timeoutMilliseconds, () => reject(new Error(`no answer within ${timeoutMilliseconds} ms`)));
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('the connection was closed')));
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const lines = text.split('\r\n');
    if (lines.length > commands.length) resolve(lines.slice(0, -1));
  });
  socket.write(commands.map(write).join(''));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
