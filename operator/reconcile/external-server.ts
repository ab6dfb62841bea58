import { createHash } from 'node:crypto';
import { type ChatStackSpec, parseChatStackSpec } from '@chatstack/stack/api/chat-stack.ts';
import { childName } from '@chatstack/stack/render/kubernetes/labels.ts';
import type { ServerCheck, ServerFacts, ServerTarget } from '../external-postgres/server-target.ts';
import type { KubernetesObject } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import type { StackStatus } from '../status/stack-status.ts';
import { missingKeys, readRememberedSecret, readSecretText } from './secrets.ts';
import type { StepRecord } from './step.ts';
import type { Work } from './work.ts';

/** What is known of an external Postgres. */
export interface ObservedServer {
  /** What was read from it; undefined while it was never reached with these settings. */
  readonly facts?: ServerFacts;
  /** For which settings and Secret the facts hold. */
  readonly revision?: string;
  /** How the look at it ended: stalled by what stands against it, done where it is to be looked at again; nothing while all is quiet. */
  readonly record?: StepRecord;
}

/** Bound of each stage of a check, in milliseconds. */
const stageMilliseconds = 3000;

/** The shortest time between two checks of one server, and until the next one of a server in trouble, in milliseconds. */
const checkAgainMilliseconds = 10_000;

type Context = Pick<Work, 'tools' | 'stack' | 'memory'>;
type External = NonNullable<ChatStackSpec['postgres']['external']>;

/**
 * What is known of the external Postgres of a stack; `undefined` for a stack that has none. It is asked once for each change of its
 * settings or its Secret, and again while the service isn't ready, for the server may be why. What was read is kept in the status, so
 * that an operator that starts anew need not ask, and the plan stays as it was while the server is away.
 */
export async function observeServer(context: Context): Promise<ObservedServer | undefined> {
  const { stack, memory } = context;
  if ((stack.spec as { postgres?: { mode?: string } } | undefined)?.postgres?.mode !== 'External') return undefined;
  const parsed = parseChatStackSpec(stack.spec);
  const settings = parsed.ok ? await readSettings(context, parsed.spec) : undefined;
  if (!parsed.ok || settings === undefined) return {};
  const { revision } = settings;
  const last = memory.server?.revision === revision ? memory.server : undefined;
  const known = factsOf(stack, revision) ?? last?.facts;
  const isQuiet = known !== undefined && last?.check.kind !== 'unusable' && !isServiceDown(context);
  if (!isQuiet && !parsed.spec.suspend) return lookAtServer(context, settings, known);
  return known === undefined ? {} : { facts: known, revision };
}

/** Asks the server, unless it was asked just now. */
async function lookAtServer(
  context: Context,
  settings: Settings,
  known: ServerFacts | undefined,
): Promise<ObservedServer> {
  const { tools, memory } = context;
  const { revision } = settings;
  const last = memory.server?.revision === revision ? memory.server : undefined;
  const rest = last === undefined ? 0 : last.at + checkAgainMilliseconds - tools.now();
  const check = last !== undefined && rest > 0 ? last.check : await checkSettings(context, settings);
  const facts = check.kind === 'usable' ? check.facts : known;
  if (check !== last?.check) memory.server = { revision, at: tools.now(), check, ...(facts && { facts }) };
  const afterMilliseconds = rest > 0 ? rest : checkAgainMilliseconds;
  const result =
    check.kind === 'usable'
      ? ({ kind: 'done', afterMilliseconds } as const)
      : ({ kind: 'stalled', reason: check.reason, message: check.message, afterMilliseconds } as const);
  return { ...(facts && { facts, revision }), record: { name: 'server', result } };
}

/** How a server is reached, with the Secrets. */
interface Settings {
  readonly external: External;
  readonly login: KubernetesObject;
  readonly authority: Authority;
  readonly revision: string;
}

/** `undefined` while the Secret is missing: that, and how it is made, is told by the step of the credentials. */
async function readSettings(context: Context, spec: ChatStackSpec): Promise<Settings | undefined> {
  const { external } = spec.postgres;
  const login = external && (await readRememberedSecret(context, external.secretRef.name));
  if (external === undefined || !login || missingKeys(login, ['username', 'password']).length > 0) return undefined;
  const authority = await readAuthority(context, external);
  return { external, login, authority, revision: buildRevision(external, login, authority.secret) };
}

const checkSettings = async (
  { tools, stack }: Context,
  { external, login, authority }: Settings,
): Promise<ServerCheck> =>
  authority.fault ?? (await tools.checkServer(buildTarget(stack, external, login, authority.text)));

interface Authority {
  readonly secret?: KubernetesObject;
  readonly text?: string;
  readonly fault?: ServerCheck;
}

async function readAuthority(context: Context, { tls }: External): Promise<Authority> {
  if (tls.caSecretRef === undefined) return {};
  const { name, key } = tls.caSecretRef;
  const secret = await readRememberedSecret(context, name);
  if (secret && missingKeys(secret, [key]).length === 0) return { secret, text: readSecretText(secret, key) };
  const message = `spec.postgres.external.tls.caSecretRef: expected Secret ${name} with the key ${key}, found ${secret ? 'no such key' : 'no such Secret'}. Create it with the certificate of the authority, in PEM`;
  return { fault: { kind: 'unusable', reason: 'AuthorityMissing', message } };
}

/** Another one for anything that may change what the server says. A Secret is told by its version: a digest of a password tells too much. */
function buildRevision(external: External, ...secrets: (KubernetesObject | undefined)[]): string {
  const { host, port, database, tls } = external;
  const versions = secrets.map((secret) => [secret?.metadata.uid, secret?.metadata.resourceVersion]);
  return createHash('sha256')
    .update(JSON.stringify([host, port, database, tls, versions]))
    .digest('hex')
    .slice(0, 16);
}

function factsOf(stack: KubernetesObject, revision: string): ServerFacts | undefined {
  const read = (stack.status as StackStatus | undefined)?.postgresServer;
  if (read?.revision !== revision) return undefined;
  const { version, maxConnections, reservedConnections } = read;
  return { version, maxConnections, reservedConnections };
}

function buildTarget(
  stack: KubernetesObject,
  external: External,
  login: KubernetesObject,
  authority: string | undefined,
): ServerTarget {
  const { host, port, database, tls } = external;
  return {
    // A name of one word is a Service beside the stack, not beside the operator.
    host: host.includes('.') || host === 'localhost' ? host : `${host}.${stack.metadata.namespace}.svc`,
    port,
    database,
    user: readSecretText(login, 'username'),
    password: readSecretText(login, 'password'),
    tls: { mode: tls.mode, ...(authority === undefined ? {} : { authority }) },
    timeoutMilliseconds: stageMilliseconds,
  };
}

/**
 * Whether fewer processes of the service are ready than should be, which no roll-out makes so. What the cluster counts before it has seen
 * the newest spec is held against no other number of replicas.
 */
function isServiceDown({ tools, stack }: Context): boolean {
  const key = { namespace: stack.metadata.namespace ?? '', name: childName(stack.metadata.name, 'service') };
  const deployment = tools.cacheOf(builtIn.deployment).get(key);
  if (deployment === undefined) return false;
  const { replicas = 1 } = deployment.spec as { replicas?: number };
  const { status = {}, metadata } = deployment as {
    status?: { readyReplicas?: number; observedGeneration?: number };
  } & KubernetesObject;
  return status.observedGeneration === metadata.generation && (status.readyReplicas ?? 0) < replicas;
}
