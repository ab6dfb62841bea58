import type { IncomingMessage } from 'node:http';
import { describeFound } from '../domain/faults.ts';
import { HttpProblem } from './problem.ts';

/** Largest body of a request, in bytes. */
export const LARGEST_BODY = 65_536;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads the body of a request as JSON. Throws HttpProblem: another media type, too large, not UTF-8, not JSON. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  requireJson(request);
  const bytes = await readBytes(request);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new HttpProblem('invalid-json', 'Expected a body in UTF-8, found other bytes');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = bytes.length === 0 ? 'nothing' : (error as SyntaxError).message;
    throw new HttpProblem('invalid-json', `Expected a JSON body, found ${reason}`);
  }
}

function requireJson({ headers }: IncomingMessage): void {
  const type = headers['content-type'];
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type ?? '')) {
    const detail = `Expected Content-Type application/json, found ${describeFound(type)}`;
    throw new HttpProblem('unsupported-media-type', detail);
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    const detail = `Expected a body without Content-Encoding, found ${describeFound(encoding)}`;
    throw new HttpProblem('unsupported-media-type', detail);
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
    request.on('error', () =>
      reject(new HttpProblem('invalid-json', 'Expected a whole body, found a broken connection')),
    );
  });
}

function buildTooLarge(found: string): HttpProblem {
  const headers = { Connection: 'close' };
  return new HttpProblem('body-too-large', `Expected a body of at most ${LARGEST_BODY} bytes, found ${found}`, {
    headers,
  });
}
