import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fields, readFields, readMessages, readNumber, readText } from './protobuf.ts';

/** A span as it was received. Times in milliseconds; a root has an empty parentId. */
export type ReceivedSpan = {
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly took: number;
  readonly attributes: Readonly<Record<string, string | number | readonly string[]>>;
  readonly hasFailed: boolean;
};

/** A receiver of traces by OTLP, as a collector is one. */
export type OtlpReceiver = {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** What a process told of itself. */
  readonly resources: Readonly<Record<string, unknown>>[];
  /** The bodies, to look for what must not be in them. */
  readonly bodies: Buffer[];
  /** The status that is answered; 'silence' takes what comes and answers nothing. */
  answer: number | 'silence';
  stop(): Promise<void>;
};

/** Starts a receiver on a free port. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const unanswered: ServerResponse[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const isRight = request.url === '/v1/traces' && request.headers['content-type'] === 'application/x-protobuf';
    if (receiver.answer === 'silence') {
      unanswered.push(response);
      return;
    }
    const body = Buffer.concat(chunks);
    if (isRight && receiver.answer === 200) take(body);
    response.writeHead(isRight ? receiver.answer : 404).end();
  });
  const take = (body: Buffer) => {
    receiver.bodies.push(body);
    for (const resourceSpans of readMessages(readFields(body), 1)) {
      const [resource] = readMessages(resourceSpans, 1);
      receiver.resources.push(readAttributes(resource, 1));
      for (const scope of readMessages(resourceSpans, 2)) receiver.spans.push(...readMessages(scope, 2).map(readSpan));
    }
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    resources: [],
    bodies: [],
    answer: 200,
    stop: async () => {
      for (const response of unanswered) response.writeHead(400).end(); // so that nobody tries again
      server.close();
      server.closeIdleConnections();
      await once(server, 'close');
    },
  };
  return receiver;
}

function readSpan(span: Fields): ReceivedSpan {
  return {
    traceId: readText(span, 1, 'hex'),
    id: readText(span, 2, 'hex'),
    parentId: readText(span, 4, 'hex'),
    name: readText(span, 5),
    kind: readNumber(span, 6),
    took: (readNumber(span, 8) - readNumber(span, 7)) / 1e6,
    attributes: readAttributes(span, 9),
    hasFailed: readNumber(readMessages(span, 15)[0], 3) === 2,
  };
}

function readAttributes(fields: Fields | undefined, number: number): ReceivedSpan['attributes'] {
  const pairs = fields ? readMessages(fields, number) : [];
  return Object.fromEntries(pairs.map((pair) => [readText(pair, 1), readValue(readMessages(pair, 2)[0])]));
}

function readValue(value: Fields | undefined): string | number | readonly string[] {
  if (value?.has(3)) return readNumber(value, 3);
  const [list] = value ? readMessages(value, 5) : [];
  return list ? readMessages(list, 1).map((entry) => readText(entry, 1)) : readText(value, 1);
}
