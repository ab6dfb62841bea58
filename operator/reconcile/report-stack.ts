import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { keyOf } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { summarizeFacts } from '../stack-metrics/stack-facts.ts';
import type { ObservedStack } from '../status/observed-stack.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { listOfStack } from './children.ts';
import type { Decided } from './decide.ts';
import type { ReconcileTools } from './work.ts';

/** What a reconcile found out about a stack. */
export interface Reported {
  readonly decided: Decided;
  readonly observed: ObservedStack;
  readonly status: StackStatus;
}

/** Keeps for the metrics what a reconcile found out, and what the caches show besides. */
export function reportStack(tools: ReconcileTools, stack: KubernetesObject, { decided, observed, status }: Reported) {
  const { cacheOf, stackMetrics } = tools;
  const facts = summarizeFacts({
    status,
    observed,
    claims: listOfStack(cacheOf(builtIn.persistentVolumeClaim), stack),
    certificates: observeCertificates(tools, stack, decided),
  });
  // A refused spec has no plan: the certificates are those of before.
  const before = 'plan' in decided ? undefined : stackMetrics.factsOf(keyOf(stack));
  const { certificates } = before ?? facts;
  stackMetrics.observe(stack, { ...facts, certificates }, observed.pods);
}

function observeCertificates(
  { cacheOf }: ReconcileTools,
  stack: KubernetesObject,
  decided: Decided,
): readonly KubernetesObject[] {
  const plan: StackPlan | undefined = 'plan' in decided ? decided.plan : undefined;
  if (plan?.tls === undefined) return [];
  const { namespace = '' } = stack.metadata;
  const names = [plan.tls.authorityName, ...plan.tls.certificates.map(({ secretName }) => secretName)];
  return names.flatMap((name) => cacheOf(builtIn.secret).get({ namespace, name }) ?? []);
}
