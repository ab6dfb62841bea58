import type { IncomingMessage } from 'node:http';
import { describeFound } from '../domain/faults.ts';
import { HttpProblem, type ProblemKind } from './problem.ts';

/** Largest body of a request, in bytes. */
const LARGEST_BODY = 65_536;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads the body of a request as JSON. Throws HttpProblem: another media type, too large, not UTF-8, not JSON. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  requireJson(request);
  const bytes = await readBytes(request);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw buildProblem('invalid-json', 'body', 'a body in UTF-8', 'other bytes');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = bytes.length === 0 ? 'nothing' : (error as SyntaxError).message;
    throw buildProblem('invalid-json', 'body', 'a JSON body', reason);
  }
}

function requireJson({ headers }: IncomingMessage): void {
  const type = headers['content-type'];
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type ?? '')) {
    throw buildProblem('unsupported-media-type', 'Content-Type', 'Content-Type application/json', describeFound(type));
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    const expected = 'a body without Content-Encoding';
    throw buildProblem('unsupported-media-type', 'Content-Encoding', expected, describeFound(encoding));
  }
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > LARGEST_BODY) throw buildTooLarge(`${announced} bytes`);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= LARGEST_BODY) {
        chunks.push(chunk);
        return;
      }
      request.pause().removeAllListeners('data'); // the rest is not read; the connection is closed with the answer
      reject(buildTooLarge('more'));
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => reject(buildProblem('invalid-json', 'body', 'a whole body', 'a broken connection')));
  });
}

function buildTooLarge(found: string): HttpProblem {
  const expected = `a body of at most ${LARGEST_BODY} bytes`;
  return buildProblem('body-too-large', 'body', expected, found, { Connection: 'close' });
}

function buildProblem(
  kind: ProblemKind,
  field: string,
  expected: string,
  found: string,
  headers: Readonly<Record<string, string>> = {},
): HttpProblem {
  return new HttpProblem(kind, `Expected ${expected}, found ${found}`, {
    faults: [{ field, expected, found }],
    headers,
  });
}
