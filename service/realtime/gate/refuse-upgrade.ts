import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { describeError } from '../../http/error-answers.ts';
import { buildProblemDocument, PROBLEMS } from '../../http/problem.ts';

/** Answers a request for a socket with a problem document instead, as `describeError` has it, and ends its connection. */
export function refuseUpgrade(socket: Duplex, error: unknown, requestId: string): void {
  const { kind, detail, faults, headers } = describeError(error);
  const { status } = PROBLEMS[kind];
  const body = JSON.stringify(buildProblemDocument(kind, detail, faults, requestId));
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Cache-Control: no-store',
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
