import type { Clock } from './clock.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { Log } from './log.ts';
import type { KubernetesObject } from './object.ts';

/** Tells people what was done to an object (kubectl describe). Never throws, never waits. */
export interface EventRecorder {
  /**
   * `reason` is CamelCase and stable; `message` is for people. A repetition of the same event is counted and written
   * ever more rarely, as a series.
   */
  record(regarding: KubernetesObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** Resolves when what was recorded so far is sent or given up. */
  flush(): Promise<void>;
}

/** What a recorder works with. */
export interface EventRecorderOptions {
  client: KubernetesClient;
  /** reportingController, such as `example.dev/operator`. */
  controller: string;
  /** reportingInstance: the pod's name. */
  instance: string;
  clock?: Clock;
  log?: Log;
}

/** Builds a recorder. */
export declare function createEventRecorder(options: EventRecorderOptions): EventRecorder;
