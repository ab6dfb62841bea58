/** How a probe asks a container. */
type Question = { readonly [kind: string]: unknown };

/** Seconds between questions, and how many wrong answers in a row count. */
interface Patience {
  readonly period: number;
  readonly failures: number;
  readonly timeout?: number;
}

const probe = (question: Question, { period, failures, timeout = 1 }: Patience) => ({
  ...question,
  periodSeconds: period,
  failureThreshold: failures,
  ...(timeout === 1 ? {} : { timeoutSeconds: timeout }),
});

/**
 * The three probes of a container: asked every second while it starts (so that it serves a second after it can), every few seconds
 * later. `alive` is a cheaper question where one is given: a busy program is not a dead one.
 */
export const buildProbes = (ready: Question, alive: Question, startSeconds: number) => ({
  startupProbe: probe(ready, { period: 1, failures: startSeconds, timeout: 2 }),
  readinessProbe: probe(ready, { period: 5, failures: 2, timeout: 3 }),
  livenessProbe: probe(alive, { period: 10, failures: 6, timeout: 5 }),
});

/** Asks by a connection to a port of the container. */
export const byConnection = (port: string): Question => ({ tcpSocket: { port } });

/** Asks by a GET that must be answered with success. */
export const byRequest = (path: string, port: string): Question => ({ httpGet: { path, port } });

/** Asks by a program in the container that must end with status 0. */
export const byProgram = (...command: readonly string[]): Question => ({ exec: { command } });
