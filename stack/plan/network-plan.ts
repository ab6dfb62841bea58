/** Pods of a namespace, by labels. */
export interface NetworkPeer {
  /** Unset: the namespace of the stack. */
  readonly namespaceLabels?: { readonly [name: string]: string } | undefined;
  /** Unset: all pods there. */
  readonly podLabels?: { readonly [name: string]: string } | undefined;
}

/** A component of the stack, or a host outside of it. */
export type NetworkEnd = { readonly component: string } | { readonly host: string };

/** A component that opens connections to a port. */
export interface NetworkEdge {
  readonly from: string;
  readonly to: NetworkEnd;
  readonly port: number;
}

/** The pods of a component that an operator of somebody else runs. */
export interface ForeignPods {
  /** Labels that it gives to them. */
  readonly pods: { readonly [name: string]: string };
  /** Labels of its own pods, in whichever namespace they are. */
  readonly operator: { readonly [name: string]: string };
  /** Ports on which it reaches them. */
  readonly operatorPorts: readonly number[];
  /** Ports on which they reach each other. */
  readonly amongPorts: readonly number[];
  /** Whether they ask the API of Kubernetes. */
  readonly asksKubernetes: boolean;
}

/** Who may talk to whom. */
export interface NetworkPlan {
  readonly edges: readonly NetworkEdge[];
  /** Who may reach the service. */
  readonly clients: readonly NetworkPeer[] | 'everybody';
  /** Who may read its metrics. */
  readonly scrapers: readonly NetworkPeer[];
  /** The ports besides the service's that `scrapers` may read. */
  readonly measured?: readonly { readonly component: string; readonly port: number }[];
  /** Components that ask the API of Kubernetes. */
  readonly askKubernetes?: readonly string[];
  /** Components that reach whatever they are told to. */
  readonly reachAnything?: readonly string[];
  /** Components that read the operator's metrics. */
  readonly readOperator?: readonly string[];
  /** Components whose pods the stack does not make itself. */
  readonly foreign: { readonly [component: string]: ForeignPods };
}
