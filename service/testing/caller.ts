import { Agent, type IncomingHttpHeaders, request } from 'node:http';

/** An answer, its body parsed when it is JSON. */
export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // Tests look into documents of every shape.
  // biome-ignore lint/suspicious/noExplicitAny: the assertions say what is expected
  readonly body: any;
  readonly text: string;
  /** Milliseconds until the whole answer was there. */
  readonly took: number;
};

/** What a call consists of, where the short forms do not do. */
export type Call = {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

/** Ways to call one service. */
export type Caller = {
  call(call: Call): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  patch(path: string, body: unknown): Promise<Answer>;
  put(path: string, body?: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** One page of history; `query` is put behind `userId`. */
  read(conversationId: string, userId: string, query?: string): Promise<Answer>;
  send(conversationId: string, userId: string, content: string): Promise<Answer>;
};

/**
 * Makes a caller that keeps its connections. Built on node:http, which (unlike fetch) sends what it is told to. A call fails
 * when its answer does not pass the check.
 */
export function createCaller(baseUrl: string, check: (call: Call, answer: Answer) => void = () => undefined): Caller {
  const { hostname, port } = new URL(baseUrl);
  const agent = new Agent({ keepAlive: true, timeout: 20_000 });
  const ask = ({ method, path, headers = {}, body }: Call) =>
    new Promise<Answer>((resolve, reject) => {
      const start = performance.now();
      const outgoing = request({ agent, hostname, port, method, path, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(incoming.headers['content-type'] ?? '') && text !== '';
          const took = performance.now() - start;
          const { statusCode = 0, headers: answered } = incoming;
          resolve({ status: statusCode, headers: answered, text, body: isJson ? JSON.parse(text) : undefined, took });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const call = async (asked: Call) => {
    const answer = await ask(asked);
    check(asked, answer);
    return answer;
  };
  const get = (path: string) => call({ method: 'GET', path });
  const write = (method: string) => (path: string, body?: unknown) =>
    body === undefined
      ? call({ method, path })
      : call({ method, path, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const post = write('POST');
  const messages = (id: string) => `/api/v1/chat/conversations/${encodeURIComponent(id)}/messages`;
  return {
    call,
    get,
    post,
    patch: write('PATCH'),
    put: write('PUT'),
    delete: write('DELETE'),
    read: (id, userId, query = '') =>
      get(`${messages(id)}?userId=${encodeURIComponent(userId)}${query && `&${query}`}`),
    send: (id, userId, content) => post(messages(id), { userId, content }),
  };
}
