import type { Clock } from './clock.ts';
import type { Informer } from './informer.ts';
import type { Log } from './log.ts';
import type { RuntimeMetrics } from './metrics.ts';
import type { KubernetesObject, ObjectKey } from './object.ts';
import type { Outcome } from './outcome.ts';
import type { Resource } from './resource.ts';

/** Brings one object to what its spec says. Called for one key at a time; also after the object is gone. */
export type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<Outcome>;

/** What a reconcile gets besides its key. */
export interface ReconcileContext {
  /** Aborts when the process has to stop and the grace period is over. */
  signal: AbortSignal;
}

/** An informer and the primaries that a change in it concerns. */
export interface Source {
  informer: Informer;
  /** The keys to reconcile after a change of this object. */
  map: (object: KubernetesObject) => ObjectKey[];
  /** Whether an update matters (default: every one does). */
  matters?: (previous: KubernetesObject, current: KubernetesObject) => boolean;
}

/** What a controller is made of. */
export interface ControllerOptions {
  /** Lower case; the `controller` label of the metrics. */
  name: string;
  sources: readonly Source[];
  reconcile: Reconcile;
  /** How many keys are reconciled at once (default 4). */
  workers?: number;
  metrics?: RuntimeMetrics;
  clock?: Clock;
  log?: Log;
  /** Back-off of a key whose reconcile throws (default 5 ms doubling to 1000 s). */
  backOff?: { firstMilliseconds: number; longestMilliseconds: number };
  /** How long running reconciles may go on after abort (default 20 s). */
  graceMilliseconds?: number;
}

/** A running control loop. */
export interface Controller {
  /** Every informer has its first list. */
  readonly hasSynced: boolean;
  /** Runs informers and workers until the signal aborts and running reconciles have ended; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Reconciles a key now, or after some milliseconds. */
  enqueue(key: ObjectKey, afterMilliseconds?: number): void;
}

/** Builds a controller; nothing is sent before `run`. */
export declare function createController(options: ControllerOptions): Controller;

/** Maps an object to itself: for the primary kind. */
export declare function mapToSelf(object: KubernetesObject): ObjectKey[];

/** Maps a child to the owner of this kind that controls it. */
export declare function mapToController(owner: Resource): (object: KubernetesObject) => ObjectKey[];

/** Maps a child to the name in one of its labels, in its own namespace: for children without owner reference. */
export declare function mapToLabel(label: string): (object: KubernetesObject) => ObjectKey[];

/** For the primary kind: ignores updates of the status alone, which are mostly our own. */
export declare function specOrMetadataChanged(previous: KubernetesObject, current: KubernetesObject): boolean;
