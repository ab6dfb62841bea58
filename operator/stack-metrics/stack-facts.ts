import { X509Certificate } from 'node:crypto';
import { parseQuantity, toBytes } from '@chatstack/stack/quantity/quantity.ts';
import { longestGapSeconds } from '@chatstack/stack/quantity/schedule.ts';
import { componentOf } from '../reconcile/child-kinds.ts';
import { missingKeys, readSecretText } from '../reconcile/secrets.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { summarizeComponent } from '../status/component-verdicts.ts';
import type { ObservedStack } from '../status/observed-stack.ts';
import type { StackStatus } from '../status/stack-status.ts';

/** What metrics tell of one stack, as its last reconcile saw it: small, for it is kept for every stack. Times in seconds since 1970. */
export interface StackFacts {
  readonly conditions: readonly {
    readonly type: string;
    readonly reason: string;
    readonly isTrue: boolean;
    readonly since: number;
  }[];
  /** Sizes of one pooler's pool; unset where there are no poolers. */
  readonly pool?: { readonly size: number; readonly reserve: number; readonly min: number };
  readonly budgets: readonly {
    readonly layer: 'postgres' | 'clients';
    readonly connections: number;
    readonly limit: number;
    readonly headroom: number;
  }[];
  /** Unset where no backups are asked for. */
  readonly backup?: { readonly scheduleSeconds?: number; readonly lastSuccess?: number };
  readonly certificates: readonly { readonly secret: string; readonly expiry: number }[];
  readonly replicas: readonly { readonly component: string; readonly ready: number; readonly wanted: number }[];
  readonly volumes: readonly { readonly component: string; readonly bytes: number }[];
}

/** What facts are made of. */
export interface FactsInput {
  readonly status: StackStatus;
  readonly observed: ObservedStack;
  /** The PersistentVolumeClaims of the stack. */
  readonly claims: readonly KubernetesObject[];
  /** The Secrets with its certificates. */
  readonly certificates: readonly KubernetesObject[];
}

/** The facts of a stack. */
export function summarizeFacts({ status, observed, claims, certificates }: FactsInput): StackFacts {
  const hasPoolers = status.components?.some(({ name }) => name === 'pgbouncer') === true;
  const { pool } = status;
  return {
    conditions: (status.conditions ?? []).map(({ type, reason, status: is, lastTransitionTime }) => ({
      type,
      reason,
      isTrue: is === 'True',
      since: secondsOf(lastTransitionTime),
    })),
    ...(hasPoolers && pool ? { pool: { size: pool.size, reserve: pool.reserve, min: pool.min } } : {}),
    budgets: summarizeBudgets(status, hasPoolers),
    ...(status.backup ? { backup: summarizeBackups(status.backup) } : {}),
    certificates: certificates.flatMap(summarizeCertificate),
    replicas: [...observed.workloads].map(([component, workload]) => {
      const { ready, desired } = summarizeComponent(workload, []);
      return { component, ready, wanted: desired };
    }),
    volumes: summarizeVolumes(claims),
  };
}

const secondsOf = (time: string): number => Date.parse(time) / 1000;

function summarizeBudgets({ connectionBudget, clientBudget }: StackStatus, hasPoolers: boolean): StackFacts['budgets'] {
  return [
    ...(connectionBudget
      ? [{ layer: 'postgres', limit: connectionBudget.maxConnections, ...sumOf(connectionBudget) } as const]
      : []),
    ...(clientBudget && hasPoolers
      ? [{ layer: 'clients', limit: clientBudget.maxClients, ...sumOf(clientBudget) } as const]
      : []),
  ];
}

const sumOf = ({ total, headroom }: { readonly total: number; readonly headroom: number }) => ({
  connections: total,
  headroom,
});

function summarizeBackups({
  schedule,
  lastSuccess,
}: NonNullable<StackStatus['backup']>): NonNullable<StackFacts['backup']> {
  const scheduleSeconds = longestGapSeconds(schedule);
  return {
    ...(scheduleSeconds === undefined ? {} : { scheduleSeconds }),
    ...(lastSuccess ? { lastSuccess: secondsOf(lastSuccess.at) } : {}),
  };
}

function summarizeCertificate(secret: KubernetesObject): StackFacts['certificates'] {
  if (missingKeys(secret, ['tls.crt']).length > 0) return [];
  try {
    const { validTo } = new X509Certificate(readSecretText(secret, 'tls.crt'));
    return [{ secret: secret.metadata.name, expiry: secondsOf(validTo) }];
  } catch {
    return []; // what is no certificate is the concern of the step that makes them
  }
}

/** As large as each is, or as was asked for while there is none yet; of several of one component the largest. */
function summarizeVolumes(claims: readonly KubernetesObject[]): StackFacts['volumes'] {
  const sizes = new Map<string, number>();
  for (const claim of claims) {
    const { capacity } = (claim.status ?? {}) as { capacity?: { storage?: string } };
    const { resources } = (claim.spec ?? {}) as { resources?: { requests?: { storage?: string } } };
    const quantity = parseQuantity(capacity?.storage ?? resources?.requests?.storage ?? '');
    const component = componentOf(claim);
    if (quantity) sizes.set(component, Math.max(toBytes(quantity), sizes.get(component) ?? 0));
  }
  return [...sizes].map(([component, bytes]) => ({ component, bytes }));
}
