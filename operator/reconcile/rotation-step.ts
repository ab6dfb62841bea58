import { standardPorts } from '@chatstack/stack/plan/placement.ts';
import type { CredentialKey } from '@chatstack/stack/plan/stack-plan.ts';
import { credentialsAnnotation } from '@chatstack/stack/render/kubernetes/labels.ts';
import { explainUsers } from '../rotation/postgres-logins.ts';
import { decideStart, nextRotation, rotateAnnotation } from '../rotation/rotation-due.ts';
import {
  buildCurrent,
  buildDropping,
  buildPreparing,
  buildReplacing,
  otherKey,
  phaseOf,
  type RotatedKey,
  readOptional,
  rotatedAt,
  rotatedKeys,
  type SecretPatch,
  turnsOf,
} from '../rotation/rotation-secret.ts';
import type { PasswordServer, ServerAnswer } from '../rotation/server-answer.ts';
import { type KubernetesObject, keyOf } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { summarizeWorkloads } from '../status/component-verdicts.ts';
import { componentNames } from '../status/observed-stack.ts';
import { isPlanned } from '../status/planned-components.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { componentOf } from './child-kinds.ts';
import { hasPodEnded, listOfStack, observeStack } from './children.ts';
import { isOurs } from './credentials-step.ts';
import { addressOf, consoleOf, observeServing, trustOf } from './poolers.ts';
import { readSecretText } from './secrets.ts';
import type { StepResult } from './step.ts';
import type { Work } from './work.ts';

/** Bound of one command on a server. */
const timeoutMilliseconds = 5000;
/** Until a server that did not answer is asked again. */
const againMilliseconds = 5000;
/** Until a server that refused the login is asked again. */
const refusedMilliseconds = 60_000;
/** Until the next look at a schedule, at most: timers do not go further than 24 days. */
const lookMilliseconds = 86_400_000;

type Status = NonNullable<StackStatus['credentials']>;

/**
 * Rotates the generated passwords when they are due, a phase at a time: what is done next follows from the Secret, the servers and the
 * pods, so the operator may end at any moment. A rotation that has to wait is no trouble of the stack, which serves all the while; one
 * that a server refuses is.
 */
export async function rotatePasswords(work: Work): Promise<StepResult> {
  switch (phaseOf(secretOf(work))) {
    case 'Current':
      return begin(work);
    case 'Preparing':
      return replace(work);
    case 'Replacing':
      return drop(work);
    default:
      return end(work);
  }
}

async function begin(work: Work): Promise<StepResult> {
  const { tools, stack, plan, settled } = work;
  const secret = secretOf(work);
  const now = tools.now();
  const input = {
    stack,
    secret,
    plan,
    now,
    isOurs: isOurs(secret),
    awaiting: settled?.awaiting ?? [],
    findBusy: () => findBusy(work),
  };
  const start = decideStart(input);
  switch (start.kind) {
    case 'none': {
      const next = nextRotation(input);
      return tell(work, 'Current', 'nothing goes on', next === undefined ? undefined : Math.max(next - now, 0));
    }
    case 'refuse':
      return tell(work, 'Refused', start.message);
    case 'wait':
      return tell(work, 'Waiting', start.message);
    default: {
      const keys = rotatedKeys(plan);
      await patchSecret(work, buildPreparing(secret, keys, tools.buildPassword, start.request));
      const message = `Passwords are rotated, because ${start.reason}: ${keys.join(', ')}`;
      tools.events.record(stack, 'Normal', 'RotationStarted', message);
      return replace(work);
    }
  }
}

/** Has servers take the other passwords, too, and gives these the turn. */
async function replace(work: Work): Promise<StepResult> {
  const { tools, plan, revisionOf } = work;
  const secret = secretOf(work);
  const trouble = await askServers(work, 'Preparing', {
    postgres: (server) => tools.changeLogins(server, { allow: allowedLogins(secret) }),
    redis: (server) => tools.setPasswords(server, server.passwords),
  });
  if (trouble) return trouble;
  if (revisionOf === undefined) throw new Error('expected a step that runs after the credentials, found one before');
  await patchSecret(work, buildReplacing(secret, rotatedKeys(plan), revisionOf));
  // The pods follow from the Secret, in another reconcile.
  return tell(work, 'Replacing', 'pods start with the new passwords', 0);
}

function allowedLogins(secret: KubernetesObject): Record<string, string> {
  const other = (key: RotatedKey) => readSecretText(secret, otherKey(key));
  const [service, pgbouncer] = turnsOf(secret).map(({ other: role }) => role);
  return {
    [service as string]: other('service-password'),
    [pgbouncer as string]: other('pgbouncer-password'),
    // There is one superuser, whom no pod that stays logs in as.
    postgres: other('postgres-password'),
  };
}

/** When nobody is left who was started with the former passwords, not even a server may start with them. */
async function drop(work: Work): Promise<StepResult> {
  const busy = findFormer(work) ?? findBusy(work);
  if (busy !== undefined) return tell(work, 'Replacing', `both passwords are valid until ${busy}`);
  const doubt = await findLoggedIn(work);
  if (doubt !== undefined) return tell(work, 'Replacing', doubt, againMilliseconds);
  await patchSecret(work, buildDropping(secretOf(work)));
  return end(work);
}

/** Has servers refuse the former passwords. */
async function end(work: Work): Promise<StepResult> {
  const { tools, stack, plan } = work;
  const secret = secretOf(work);
  const trouble = await askServers(work, 'Dropping', {
    postgres: (server) => tools.changeLogins(server, { deny: deniedLogins(work) }),
    redis: (server) => tools.setPasswords(server, [readSecretText(secret, 'redis-password')]),
  });
  if (trouble) return trouble;
  await patchSecret(work, buildCurrent(secret, tools.now()));
  tools.events.record(stack, 'Normal', 'Rotated', `The former passwords are refused: ${rotatedKeys(plan).join(', ')}`);
  return begin(work);
}

/**
 * Why it is not certain that nobody is logged in at the poolers by a former password, in words. A pod that was made later may have got
 * them nevertheless, from a kubelet that had not heard of the present ones.
 */
async function findLoggedIn({ tools, stack, credentials }: Work): Promise<string | undefined> {
  if (credentials === undefined) return undefined;
  const former = new Set<string>(turnsOf(credentials).map(({ other }) => other));
  const poolers = observeServing(tools.cacheOf, stack, 'pgbouncer');
  try {
    const clients = await Promise.all(
      poolers.map((pod) => tools.listClients(consoleOf(tools.cacheOf, pod, credentials))),
    );
    const users = clients.flat().filter(({ user }) => former.has(user));
    return users.length === 0 ? undefined : explainUsers([...new Set(users.map(({ address }) => address))].toSorted());
  } catch (error) {
    return `poolers could not be asked who is logged in: ${(error as Error).message}`;
  }
}

/**
 * The former logins, each with the addresses of the pods that it is the own login of. A pooler's connections in the name of its clients
 * are no sign of anybody: they stay idle for minutes (`server_idle_timeout`) when the last former client is gone.
 */
function deniedLogins(work: Work): Readonly<Record<string, readonly string[]>> {
  const ownerOf = { 'service-user': 'service', 'pgbouncer-user': 'pgbouncer' } as const;
  const addresses = (key: keyof typeof ownerOf) =>
    observeServing(work.tools.cacheOf, work.stack, ownerOf[key]).map(addressOf);
  return Object.fromEntries(turnsOf(secretOf(work)).map(({ key, other }) => [other, addresses(key)]));
}

/** Pods that were started with former passwords, in words; undefined when there are none. */
function findFormer({ tools, stack, credentials, revisionOf }: Work): string | undefined {
  const revision = credentials && revisionOf?.(credentials);
  const former = listOfStack(tools.cacheOf(builtIn.pod), stack).filter(
    (pod) =>
      ['service', 'pgbouncer'].includes(componentOf(pod)) &&
      // One that was evicted, or that no node took, stays in the list and logs in nowhere.
      !hasPodEnded(pod) &&
      pod.metadata.annotations?.[credentialsAnnotation] !== revision,
  );
  return former.length === 0
    ? undefined
    : `pods that use the former ones are gone: ${former.map(({ metadata }) => metadata.name).join(', ')}`;
}

/** What goes on that a rotation must not meet, in words: a roll-out, or Jobs that read passwords as they go. */
function findBusy({ tools, stack, plan, held }: Work): string | undefined {
  const observed = observeStack(tools.cacheOf, stack);
  const states = summarizeWorkloads(observed);
  const moving = componentNames.find((name) => isPlanned(plan, name) && states[name].phase !== 'ready');
  if (moving) return `${moving} has rolled out (${states[moving].message})`;
  if (held !== undefined && (held.postgres || held.sizes || held.poolers)) return 'what waits its turn is applied';
  const job = observed.pods.find(
    (pod) => ['migration', 'backup', 'restore'].includes(componentOf(pod)) && !hasPodEnded(pod),
  );
  return job === undefined ? undefined : `pod ${job.metadata.name} has ended`;
}

interface Changes {
  readonly postgres: (server: PasswordServer) => Promise<ServerAnswer>;
  readonly redis: (server: PasswordServer) => Promise<ServerAnswer>;
}

/** Changes the servers that the stack runs; the result of the step where one of them could not be. */
async function askServers(work: Work, phase: Status['phase'], changes: Changes): Promise<StepResult | undefined> {
  const keys = new Set<CredentialKey>(rotatedKeys(work.plan));
  const wanted = (['postgres', 'redis'] as const).filter((name) => keys.has(`${name}-password`));
  const answers = await Promise.all(
    wanted.map(async (name) => {
      const server = serverOf(work, name);
      const answer: ServerAnswer = server
        ? await changes[name](server)
        : { kind: 'unreachable', reason: 'no pod of it is ready' };
      return { name, answer };
    }),
  );
  for (const { name, answer } of answers) {
    if (answer.kind === 'done') continue;
    if (answer.kind === 'unreachable') {
      return tell(work, phase, `${name} could not be told of the passwords: ${answer.reason}`, againMilliseconds);
    }
    const message = explainRefusal(secretOf(work), name, answer.reason);
    work.rotation = { ...describe(work), phase: 'Failed', message };
    return { kind: 'stalled', reason: 'RotationFailed', message, afterMilliseconds: refusedMilliseconds };
  }
  return undefined;
}

const explainRefusal = ({ metadata: { name } }: KubernetesObject, server: string, reason: string): string =>
  `expected ${server} to take ${server}-password of Secret ${name}, found it refused (${reason}): somebody has changed the one or the other. ` +
  'Write the password that is valid into the Secret; the stack serves with what its pods have';

function serverOf(work: Work, component: 'postgres' | 'redis'): PasswordServer | undefined {
  const { tools, stack } = work;
  const secret = secretOf(work);
  const [pod] = observeServing(tools.cacheOf, stack, component);
  if (pod === undefined) return undefined;
  const other = readOptional(secret, `other-${component}-password`);
  return {
    host: addressOf(pod),
    port: standardPorts[component],
    passwords: [readSecretText(secret, `${component}-password`), ...(other === undefined ? [] : [other])],
    ...trustOf(tools.cacheOf, pod, component),
    timeoutMilliseconds,
  };
}

/** A rotation holds up nothing else, so its step is done; `afterMilliseconds`: when no watch would tell that it can go on. */
function tell(work: Work, phase: Status['phase'], message: string, afterMilliseconds?: number): StepResult {
  work.rotation = { ...describe(work), phase, message };
  return afterMilliseconds === undefined
    ? { kind: 'done' }
    : { kind: 'done', afterMilliseconds: Math.min(afterMilliseconds, lookMilliseconds) };
}

function describe(work: Work): Omit<Status, 'phase' | 'message'> {
  const request = work.stack.metadata.annotations?.[rotateAnnotation];
  const last = rotatedAt(secretOf(work));
  const next = nextRotation({ secret: secretOf(work), plan: work.plan });
  return {
    ...(request === undefined ? {} : { request }),
    ...(last === undefined ? {} : { lastRotation: new Date(last).toISOString() }),
    ...(next === undefined ? {} : { nextRotation: new Date(next).toISOString() }),
  };
}

function secretOf({ credentials }: Work): KubernetesObject {
  if (credentials === undefined) throw new Error('expected a step that runs after the credentials, found one before');
  return credentials;
}

async function patchSecret(work: Work, patch: SecretPatch): Promise<void> {
  const patched = await work.tools.client.patch(builtIn.secret, keyOf(secretOf(work)), patch);
  work.tools.cacheOf(builtIn.secret).noteWritten(patched);
  work.credentials = patched;
}
