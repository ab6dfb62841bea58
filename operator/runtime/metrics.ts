/** The runtime's metrics under controller-runtime's names, so that its dashboards and alerts work. */
export interface RuntimeMetrics {
  /** One answered (code) or failed (code `<error>`) request. */
  countRequest(method: string, code: string): void;
  reconciled(controller: string, result: 'success' | 'error' | 'requeue_after', seconds: number): void;
  /** The text of /metrics. */
  expose(): Promise<string>;
  readonly contentType: string;
}

/** Builds the metrics in a registry of their own. */
export declare function createRuntimeMetrics(): RuntimeMetrics;
