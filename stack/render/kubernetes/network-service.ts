import type { StackPlan } from '../../plan/stack-plan.ts';
import { buildMetadata, buildSelector, type Component } from './labels.ts';
import type { Manifest, RenderOptions } from './manifest.ts';

/** A Service: the stable address of a component's pods. */
export const buildNetworkService = (
  plan: StackPlan,
  options: RenderOptions,
  service: {
    readonly name: string;
    readonly component: Component;
    readonly ports: { readonly [name: string]: number };
    /** A name for each pod instead of one address for all. */
    readonly headless?: boolean;
    /** Clients are led to pods that are not ready too: for a single pod that has no successor while it is there. */
    readonly whileNotReady?: boolean;
  },
): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: buildMetadata(plan, options, service),
  spec: {
    ...(service.headless ? { clusterIP: 'None' } : {}),
    ...(service.whileNotReady ? { publishNotReadyAddresses: true } : {}),
    selector: buildSelector(plan.name, service.component),
    ports: Object.entries(service.ports).map(([name, port]) => ({ name, port, targetPort: name, protocol: 'TCP' })),
  },
});
