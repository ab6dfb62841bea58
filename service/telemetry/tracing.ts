import type { RequestListener } from 'node:http';
import type { OperationObserver } from './operation-observer.ts';

/**
 * Traces of OpenTelemetry. This file holds the type alone: where traces are not wanted, nothing of OpenTelemetry is loaded
 * (open-telemetry.ts), and whoever has a `Tracing | undefined` does nothing.
 */
export type Tracing = {
  /** The trace that the request under way belongs to, for log lines. */
  traceId(): string | undefined;
  /** The same where the trace is kept, so that it can be looked up later. */
  keptTraceId(): string | undefined;
  /** Puts each request in a span of its own, a child of the caller's (traceparent). Probes are left out. */
  traceRequests(listener: RequestListener): RequestListener;
  /** Names the span of the request under way; `route` is its template. */
  nameRequest(method: string, route: string, requestId: string): void;
  /** Spans for the statements and commands of requests; what runs in the background has none. */
  readonly observeStatement: OperationObserver;
  readonly observeCommand: OperationObserver;
  /** Puts what is done to tell other processes something in a span. */
  tracePublishing<T>(destination: string, publish: () => Promise<T>): Promise<T>;
  /** Sends what waits and ends; within so many milliseconds. Never throws. */
  close(patienceMs: number): Promise<void>;
};
