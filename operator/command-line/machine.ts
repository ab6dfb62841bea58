import type { KubernetesClient } from '../runtime/kubernetes-client.ts';
import type { KubernetesObject, ObjectKey } from '../runtime/object.ts';
import type { Forward } from './port-forward.ts';

/** Which cluster to talk to; what is unset comes from the environment, as for kubectl. */
export interface ClusterChoice {
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
  /** How long an answer may take; unset: 30 s. */
  readonly patienceMilliseconds?: number;
}

/** A cluster that commands talk to. */
export interface Cluster {
  /** Address of the API server. */
  readonly server: string;
  /** Namespace of the kubeconfig's context. */
  readonly namespace: string;
  /** Writes as `chatstack`, the field manager of the command line. */
  readonly client: KubernetesClient;
  /** Writes nothing: the server answers what a write of this field manager would have made. */
  dryRun(fieldManager: string): KubernetesClient;
  /** What the server answers to a GET of a path outside its collections, such as `/version`. */
  read(path: string): Promise<KubernetesObject>;
  /** The lines of JSON that a path answers, such as the log of a pod that writes them. */
  readLines(path: string): AsyncIterable<Record<string, unknown>>;
  /** What the server answers to a question that is asked by POST, such as an access review. */
  ask(path: string, question: object): Promise<KubernetesObject>;
  /** Opens a way to a port of a pod through the API server. */
  forward(pod: ObjectKey, port: number): Promise<Forward>;
}

/** Where text goes, and what it may look like there. */
export interface Display {
  /** Columns of the terminal; 100 where there is none. */
  readonly columns: number;
  readonly isTerminal: boolean;
  readonly colours: boolean;
}

/** What a command needs of the machine. */
export interface Machine {
  readonly version: string;
  readonly display: Display;
  /** A signal that aborts when the user wants the command to end. Whoever asks for it ends by itself then. */
  listenForStop(): AbortSignal;
  /** Milliseconds since 1970. */
  now(): number;
  /** The text of a file, or of standard input for `-`. Throws when it can't be read or is too large. */
  readFile(path: string): string;
  out(text: string): void;
  err(text: string): void;
  /** Throws a CommandError when no cluster is configured. Nothing is sent before a method is called. */
  openCluster(choice: ClusterChoice): Promise<Cluster>;
  /** Names of the contexts in the kubeconfig. */
  listContexts(choice: ClusterChoice): Promise<string[]>;
}
