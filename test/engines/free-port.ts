import { createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that nothing listens on at the moment of the answer. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

const ATTEMPTS = 5;
const TAKEN = /address (already )?in use|could not (bind|create any TCP\/IP sockets)/i;

/**
 * Starts a program on a free port. Between the question for a port and its use another process may take it,
 * so a start that fails for that reason is repeated with another port, at most five times.
 */
export async function startOnFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await findFreePort());
    } catch (error) {
      if (attempt === ATTEMPTS || !TAKEN.test(String(error))) throw error;
    }
  }
}
