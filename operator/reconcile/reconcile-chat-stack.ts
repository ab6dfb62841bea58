import type { Reconcile, ReconcileContext } from '../runtime/controller.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { done, type Outcome, stalled, waiting } from '../runtime/outcome.ts';
import { builtIn } from '../runtime/resource.ts';
import { chatStackResource } from './child-kinds.ts';
import { observeCertificateSource, observeReaches, observeVolume } from './children.ts';
import { type Decided, type DecideInput, decide } from './decide.ts';
import { type ObservedServer, observeServer } from './external-server.ts';
import { observeRecord } from './observe-record.ts';
import { endLeftPauses } from './pause.ts';
import { postgresName } from './poolers.ts';
import { releaseSecrets } from './secrets.ts';
import type { StackMemories } from './stack-memory.ts';
import { runSteps, type StepRecord } from './step.ts';
import { stackSteps } from './steps.ts';
import type { ReconcileTools, Work } from './work.ts';
import { type Ran, writeStatus } from './write-status.ts';

/** What the reconciler is told beside its tools. */
export interface ReconcilerOptions {
  /** Image of the service for stacks that name none; `undefined`: the one of this version. */
  readonly serviceImage: string | undefined;
  /** What is remembered of stacks; rounds note there what they were told. */
  readonly memories: StackMemories;
}

/**
 * Builds the function that brings one stack to what its spec says:
 *
 *   gather (caches) → decide (parse, plan, volume) → steps (render, apply in order) → summarize (status, Events) → outcome
 *
 * A refused or suspended stack runs no step, so that its children stay as they are. Writes are skipped where nothing differs:
 * an unchanged stack costs neither a write nor a read.
 */
export function createStackReconciler(given: ReconcileTools, options: ReconcilerOptions): Reconcile {
  const { memories } = options;
  const stacks = given.cacheOf(chatStackResource);
  return async (key, context) => {
    const tools = askAside(given, context);
    const stack = stacks.get(key);
    if (stack === undefined) {
      memories.forget(key);
      tools.stackMetrics.forget(key);
      tools.namedSecrets.retain(key, []);
      return done;
    }
    // Its children go with it, by their owner references; making them again would only delay that.
    if (stack.metadata.deletionTimestamp !== undefined) return done;
    const memory = memories.of(key, stack.metadata.uid ?? '');
    const volume = observeVolume(tools.cacheOf, stack);
    memory.secretsRead.clear();
    const server = await observeServer({ tools, stack, memory });
    const { namespace = '' } = stack.metadata;
    const certificateSource = observeCertificateSource(tools.cacheOf, stack);
    const observed = {
      definitions: tools.definitions(),
      serviceReaches: observeReaches(tools.cacheOf, stack),
      ...(certificateSource ? { certificateSource } : {}),
      ...server?.facts,
    };
    const record = tools.development ? undefined : observeRecord({ tools, stack, memory });
    const input: DecideInput = {
      serviceImage: options.serviceImage,
      volume,
      postgres: tools.cacheOf(builtIn.statefulSet).get({ namespace, name: postgresName(stack) }),
      backupVolume: observeVolume(tools.cacheOf, stack, 'backup'),
      prometheusVolume: observeVolume(tools.cacheOf, stack, 'prometheus'),
      observed,
      record,
      planner: tools.planner,
    };
    const isUnread = server !== undefined && server.facts === undefined;
    const decided = await (isUnread ? decideUnread(stack, input) : decide(stack, input));
    const ran = await runDecided({ tools, memory, stack, observed }, decided, server);
    const rest = await writeStatus(tools, memory, stack, { plannedBy: record?.inputs.version, server, ...ran });
    const cameToPoolers = ran.records.some(({ name, result }) => name === 'pool' && result.kind !== 'skipped');
    const left = cameToPoolers ? undefined : await endLeftPauses(tools, stack, memory);
    const outcome = lookAgain(concludeOutcome(ran.decided, ran.records), rest, 'progress waits to be told');
    return lookAgain(outcome, left, 'some pooler may be paused still');
  };
}

/** The same tools; who waits for the answer of a server or a pooler, which may be cut off, holds up no other stack. */
function askAside(tools: ReconcileTools, { aside }: Pick<ReconcileContext, 'aside'>): ReconcileTools {
  return {
    ...tools,
    checkServer: (target) => aside(() => tools.checkServer(target)),
    reload: (...asked) => aside(() => tools.reload(...asked)),
    pause: (target, pausing) => aside(() => tools.pause(target, pausing)),
    listClients: (target) => aside(() => tools.listClients(target)),
    changeLogins: (server, change) => aside(() => tools.changeLogins(server, change)),
    setPasswords: (server, accepted) => aside(() => tools.setPasswords(server, accepted)),
  };
}

/** What a server may take at most, for one that was not read yet. */
const conceivable = [100, 1000, 10_000, 100_000];

/**
 * A decision about a stack whose server nobody has read: it isn't refused for connections that the server may well have. Nothing is applied
 * before it is read.
 */
async function decideUnread(stack: KubernetesObject, input: DecideInput): Promise<Decided> {
  const decisions: Decided[] = [];
  for (const maxConnections of conceivable) {
    const decided = await decide(stack, { ...input, observed: { ...input.observed, maxConnections } });
    if (decided.kind !== 'refused') return decided;
    decisions.push(decided);
  }
  return decisions[0] as Decided;
}

/** A server that was never reached holds up everything; one that was, and is in trouble now, is only told of. */
async function runDecided(
  given: Pick<Work, 'tools' | 'memory' | 'stack' | 'observed'>,
  decided: Decided,
  server: ObservedServer | undefined,
): Promise<Omit<Ran, 'plannedBy' | 'server'>> {
  const nothing = { decided, awaiting: undefined, records: [], migrationName: undefined };
  if (decided.kind !== 'apply') return nothing;
  const looked = server?.record ? [server.record] : [];
  if (looked.length > 0 && server?.facts === undefined) return { ...nothing, records: looked };
  const work: Work = { ...given, decided, plan: decided.plan };
  const records = [...looked, ...(await runSteps(stackSteps, work))];
  releaseSecrets(work, records);
  const { settled, plan, manifests, rotation } = work;
  const migrationName = manifests?.migration.metadata.name;
  const told = rotation === undefined ? {} : { rotation };
  return { decided: { ...decided, plan }, awaiting: settled?.awaiting, records, migrationName, ...told };
}

/** The outcome, with a look after `milliseconds` at the latest, where there is a reason for one. */
function lookAgain(outcome: Outcome, milliseconds: number | undefined, why: string): Outcome {
  if (milliseconds === undefined) return outcome;
  if (outcome.kind === 'waiting' && outcome.afterMilliseconds <= milliseconds) return outcome;
  return waiting(milliseconds, why);
}

/**
 * When to look again: an error with back-off, else after the shortest time some step asked for, else when a watch tells.
 * Throws the first error that a step failed with.
 */
export function concludeOutcome(decided: Decided, records: readonly StepRecord[]): Outcome {
  if (decided.kind === 'refused')
    return stalled(`the spec is refused: ${decided.faults.map(({ path }) => path).join(', ')}`);
  const failed = records.find(({ result }) => result.kind === 'failed');
  if (failed?.result.kind === 'failed') throw failed.result.error;
  const open = records.flatMap(({ name, result }) =>
    result.kind === 'waiting' || result.kind === 'stalled' ? [{ ...result, why: `${name}: ${result.message}` }] : [],
  );
  const again = records.flatMap(({ name, result }) =>
    result.kind === 'done' ? [{ ...result, why: `${name}: looks again at what no watch shows` }] : [],
  );
  const timed = [...open, ...again]
    .flatMap(({ afterMilliseconds, why }) => (afterMilliseconds === undefined ? [] : [{ afterMilliseconds, why }]))
    .toSorted((one, other) => one.afterMilliseconds - other.afterMilliseconds)[0];
  if (timed) return waiting(timed.afterMilliseconds, timed.why);
  const stuck = open.find(({ kind }) => kind === 'stalled');
  return stuck ? stalled(stuck.why) : done;
}
