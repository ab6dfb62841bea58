import type { Observed } from '@chatstack/stack/plan/plan-input.ts';
import type { StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { Dashboards, KubernetesObjects, OperatorPods } from '@chatstack/stack/render/kubernetes/manifest.ts';
import type { ServerCheck, ServerTarget } from '../external-postgres/server-target.ts';
import type { AdminConsoleTarget, PoolerClient } from '../pgbouncer-admin/admin-console.ts';
import type { PauseOptions, PauseOutcome } from '../pgbouncer-admin/pause-pooler.ts';
import type { reloadUntilEqual } from '../pgbouncer-admin/reload-until-equal.ts';
import type { LoginChange } from '../rotation/postgres-logins.ts';
import type { PasswordServer, ServerAnswer } from '../rotation/server-answer.ts';
import type { Applied, Applier } from '../runtime/apply.ts';
import type { EventRecorder } from '../runtime/events.ts';
import type { KubernetesClient } from '../runtime/kubernetes-client.ts';
import type { NamedWatches } from '../runtime/named-watches.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import type { StackMetrics } from '../stack-metrics/stack-metrics.ts';
import { isRollingOut } from '../status/progress-only.ts';
import type { StackStatus } from '../status/stack-status.ts';
import type { CacheOf } from './children.ts';
import type { Decided } from './decide.ts';
import type { Settled } from './follow-record.ts';
import type { Held } from './order-rules.ts';
import type { Planner } from './planner.ts';
import type { StackMemory } from './stack-memory.ts';
import type { StepResult } from './step.ts';

/** What reconciling works with, the same for every stack. */
export interface ReconcileTools {
  readonly client: KubernetesClient;
  readonly applier: Applier;
  readonly cacheOf: CacheOf;
  /** Names of the CustomResourceDefinitions of optional kinds that the cluster serves now. */
  readonly definitions: () => ReadonlySet<string>;
  /** Secrets without our labels, each watched by its name while some stack reads it. */
  readonly namedSecrets: NamedWatches;
  readonly events: EventRecorder;
  /** Told what each reconcile found out. */
  readonly stackMetrics: StackMetrics;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Passwords of new stacks. */
  readonly buildPassword: () => string;
  /** Brings one pooler to the planned settings; replaced in tests that have no pod network. */
  readonly reload: typeof reloadUntilEqual;
  /** Has the clients of one pooler wait; replaced in tests likewise. */
  readonly pause: (target: AdminConsoleTarget, options: PauseOptions) => Promise<PauseOutcome>;
  /** Who is logged in at a pooler; replaced in tests likewise. */
  readonly listClients: (target: AdminConsoleTarget) => Promise<readonly PoolerClient[]>;
  /** Changes logins of a Postgres, and passwords of a Redis; replaced in tests likewise. */
  readonly changeLogins: (server: PasswordServer, change: LoginChange) => Promise<ServerAnswer>;
  readonly setPasswords: (server: PasswordServer, accepted: readonly string[]) => Promise<ServerAnswer>;
  /** Whether a stack can work with an external Postgres; replaced in tests that have none. */
  readonly checkServer: (target: ServerTarget) => Promise<ServerCheck>;
  readonly development: boolean;
  /** The operator's own pods; `undefined` when it runs in none. */
  readonly operatorPods: OperatorPods | undefined;
  readonly planner: Planner;
  /** Of Grafana. */
  readonly dashboards: Dashboards;
}

/** One reconcile of one stack whose plan holds. Steps hand on through it what later steps need. */
export interface Work {
  readonly tools: ReconcileTools;
  readonly stack: KubernetesObject;
  readonly decided: Extract<Decided, { kind: 'apply' }>;
  /** The plan that counts: that of the decision, unless other passwords make this version plan anew. */
  plan: StackPlan;
  readonly memory: StackMemory;
  /** What was seen of the cluster. */
  readonly observed: Observed;
  /** How `manifests` came about, set together with them. */
  settled?: Settled;
  /** Set by the step that makes sure of the passwords: manifests carry its revision. */
  manifests?: KubernetesObjects;
  /** What must not be applied yet, set by the step that decides the order. */
  held?: Held;
  /** That the API server does not let a volume grow, set by the step that asked it to. */
  refusedGrowth?: StepResult | undefined;
  /** The Secret with the generated passwords, set by the same step. */
  credentials?: KubernetesObject;
  /** What pods carry for a Secret with passwords, set by the same step. */
  revisionOf?: (credentials: KubernetesObject) => string;
  /** How far the rotation of the passwords is, set by its step. */
  rotation?: StackStatus['credentials'];
}

/** Whether this stack has never had a status: what it finds already there was somebody's before. */
export function isNewStack(stack: KubernetesObject): boolean {
  return (stack.status as { observedGeneration?: number } | undefined)?.observedGeneration === undefined;
}

/** The manifests, for steps that need the one that sets them. */
export function manifestsOf(work: Work): KubernetesObjects {
  if (work.manifests === undefined)
    throw new Error('expected a step that runs after the credentials, found one before');
  return work.manifests;
}

/**
 * Applies manifests at once (they don't depend on each other) and tells what was made, adopted or repaired. Throws the first error.
 */
export async function applyTogether(work: Work, manifests: readonly object[]): Promise<KubernetesObject[]> {
  const settled = await Promise.allSettled(
    manifests.map((manifest) => work.tools.applier.apply(manifest as KubernetesObject, work.stack.metadata.uid)),
  );
  const applied = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  recordApplied(work, applied);
  const failure = settled.find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
  return applied.map((each) => each.object);
}

/** Tells what was made, unless that is what a roll-out is for: of one that goes on, its end is news. */
export function recordCreated(work: Work, what: readonly string[]): void {
  const isNews = !isNewStack(work.stack) && !isRollingOut(work.stack.status as StackStatus);
  if (isNews && what.length > 0) {
    work.tools.events.record(work.stack, 'Normal', 'Created', `Created ${what.join(', ')}`);
  }
}

function recordApplied(work: Work, applied: readonly Applied[]): void {
  recordCreated(
    work,
    applied.filter((each) => each.action === 'created').map((each) => title(each.object)),
  );
  for (const { object } of applied.filter(({ action }) => action === 'adopted')) {
    const message = `${title(object)} was there before the stack; what the stack needs of it is overwritten`;
    work.tools.events.record(work.stack, 'Normal', 'Adopted', message);
  }
  for (const each of applied.filter(({ action }) => action === 'repaired')) {
    const paths = each.repairedPaths.slice(0, 5).join(', ');
    work.tools.events.record(work.stack, 'Warning', 'Repaired', `Reverted changes to ${title(each.object)}: ${paths}`);
  }
}

const title = (object: KubernetesObject): string => `${object.kind} ${object.metadata.name}`;
