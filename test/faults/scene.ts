import type { StackPlace } from '../e2e/context.ts';
import type { BuiltImages } from '../e2e/images.ts';
import type { Namespace } from '../e2e/kubectl.ts';
import type { NodeShell } from './node-shell.ts';

/** What faults are done to, and with. */
export type Scene = {
  readonly place: StackPlace & { readonly operatorNamespace: string };
  readonly namespace: Namespace;
  readonly operator: Namespace;
  readonly nodes: NodeShell;
  readonly images: BuiltImages;
  /** Installs the chart again with further values, where the run installed it. */
  readonly upgradeOperator?: (values: Readonly<Record<string, string>>) => Promise<void>;
};
