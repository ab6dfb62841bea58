import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RuntimeMetrics } from './metrics.ts';

/** Named checks; each says what is wrong, or null. */
export type Checks = Readonly<Record<string, () => string | null>>;

/** What the health server shows. */
export interface HealthServerOptions {
  /** 0 asks the system for a free port. */
  port: number;
  /** Default 0.0.0.0. */
  host?: string;
  metrics: RuntimeMetrics;
  /** Checks of /readyz. */
  readiness: Checks;
  /** Checks of /healthz (default none: answering is enough). */
  liveness?: Checks;
}

/** A listening health server. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves /healthz, /readyz and /metrics; rejects when the port is taken. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { registry } = options.metrics;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, 'expected GET or HEAD\n');
    } else if (path === '/healthz') {
      answerChecks(response, options.liveness ?? {});
    } else if (path === '/readyz') {
      answerChecks(response, options.readiness);
    } else if (path === '/metrics') {
      registry.metrics().then(
        (text) => answer(response, 200, text, registry.contentType),
        (error: unknown) => answer(response, 500, `metrics: ${String(error)}\n`),
      );
    } else {
      answer(response, 404, 'expected /healthz, /readyz or /metrics\n');
    }
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '0.0.0.0', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerChecks(response: ServerResponse, checks: Checks): void {
  const lines: string[] = [];
  let failed = false;
  for (const [name, check] of Object.entries(checks)) {
    const fault = check();
    failed ||= fault !== null;
    lines.push(fault === null ? `[+] ${name} ok` : `[-] ${name}: ${fault}`);
  }
  answer(response, failed ? 503 : 200, `${[...lines, failed ? 'failed' : 'ok'].join('\n')}\n`);
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
