import { createHmac } from 'node:crypto';
import { monitoringKeys } from '@chatstack/stack/plan/monitoring-plan.ts';
import { credentialKeys } from '@chatstack/stack/plan/stack-plan.ts';
import type { RenderOptions } from '@chatstack/stack/render/kubernetes/manifest.ts';
import { keptRevision } from '../rotation/rotation-secret.ts';
import { isAlreadyExists } from '../runtime/api-error.ts';
import { buildControllerReference, type KubernetesObject, type OwnerReference } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { summarizeCluster } from '../status/cluster-state.ts';
import { chatStackResource, fieldManager, labels } from './child-kinds.ts';
import { observeCluster } from './children.ts';
import { settleObjects } from './follow-record.ts';
import { ensureMonitoringSecret } from './monitoring-secret.ts';
import { checkReferencedSecrets } from './referenced-secrets.ts';
import { missingKeys, readRememberedSecret, readSecretText } from './secrets.ts';
import { buildRecord } from './stack-record.ts';
import type { StepResult } from './step.ts';
import { isNewStack, recordCreated, type Work } from './work.ts';

/** What the Secret of an external Postgres holds. */
const loginKeys = ['username', 'password'] as const;

/**
 * Makes sure of every password the stack needs, then renders its manifests. The generated Secret is created once and never
 * overwritten: the passwords in it may be the only ones that open an existing volume. One that lacks our labels is only read.
 */
export async function ensureCredentials(work: Work): Promise<StepResult> {
  const login = await checkExternalLogin(work);
  if (login.kind !== 'done') return login;
  const referenced = await checkReferencedSecrets(work);
  if (!referenced.ok) return referenced.result;
  const found = await findOrCreateSecret(work);
  if (found.result.kind !== 'done') return found.result;
  const { secret } = found;
  const missing = missingKeys(secret, credentialKeys);
  if (missing.length > 0) {
    const name = secret.metadata.name;
    return {
      kind: 'stalled',
      reason: 'CredentialsIncomplete',
      message:
        `Secret ${name}: expected the keys ${credentialKeys.join(', ')}, found it without ${missing.join(', ')}. ` +
        `Add them: kubectl patch secret ${name} -n ${secret.metadata.namespace} -p '{"stringData":{"${missing[0]}":"…"}}'`,
    };
  }
  work.credentials = await followDeletionPolicy(work, secret);
  work.revisionOf = (credentials) => buildRevision(credentials, login.secret);
  const credentialsRevision = work.revisionOf(secret);
  const kept = keptRevision(secret, credentialsRevision);
  const options: RenderOptions = {
    namespace: work.stack.metadata.namespace ?? '',
    owner: buildControllerReference(work.stack),
    development: work.tools.development,
    ...(work.tools.operatorPods ? { operator: work.tools.operatorPods } : {}),
    dashboards: work.tools.dashboards,
    credentialsRevision,
    ...(kept === undefined || kept === credentialsRevision ? {} : { serversRevision: kept }),
    ...(referenced.words.length > 0 ? { serviceRevision: buildDigest(secret, referenced.words) } : {}),
  };
  await settle(work, await withMonitoring(work, work.plan, options));
  return { kind: 'done' };
}

/** Sets what is to be applied, and records it first: an operator that ends in between is followed by one that goes on with the same. */
async function settle(work: Work, given: RenderOptions): Promise<void> {
  const { planner, applier } = work.tools;
  const first = await settleObjects(work.decided, given, planner);
  // Other passwords have this version plan anew, and it may measure what the recorded plan did not.
  const options = await withMonitoring(work, first.plan, given);
  const settled = options === given ? first : await settleObjects(work.decided, options, planner);
  work.settled = settled;
  work.plan = settled.plan;
  work.manifests = settled.objects;
  if (!settled.isNew) return;
  const { version, plan, objects } = settled;
  const input = { version, observed: work.observed, options, plan, objects };
  await applier.apply(buildRecord(work.stack, input), work.stack.metadata.uid);
}

/**
 * What pods carry so that they start again when a password changes: the uid of the Secret, and a digest of every password that
 * is keyed by the generated ones, so that it tells nothing to who may read pods.
 */
export function buildRevision(secret: KubernetesObject, login: KubernetesObject | undefined): string {
  const words = login ? [login.metadata.uid, ...loginKeys.map((name) => readSecretText(login, name))] : [];
  return `${secret.metadata.uid}.${buildDigest(secret, words)}`;
}

/** A digest of words that is keyed by generated passwords. */
function buildDigest(
  secret: KubernetesObject,
  words: readonly unknown[],
  keys: readonly string[] = credentialKeys,
): string {
  const key = keys.map((name) => readSecretText(secret, name)).join('\n');
  return createHmac('sha256', key).update(JSON.stringify(words)).digest('hex').slice(0, 16);
}

/** The options with the revision of the passwords of those that measure, which are made if need be; the same where nobody does. */
async function withMonitoring(
  work: Work,
  { monitoring }: Work['plan'],
  options: RenderOptions,
): Promise<RenderOptions> {
  if (monitoring === undefined || options.monitoringRevision !== undefined) return options;
  const secret = await ensureMonitoringSecret(work, monitoring.credentialsName);
  // By its own passwords: a rotation of the others starts nothing again that has these alone.
  return { ...options, monitoringRevision: buildDigest(secret, [secret.metadata.uid], monitoringKeys) };
}

/** An external Postgres is entered with a Secret of the stack's author: without it nothing of the stack could start. */
async function checkExternalLogin(work: Work): Promise<StepResult & { secret?: KubernetesObject }> {
  const { postgres } = work.plan;
  if (postgres.mode === 'Managed') return { kind: 'done' };
  const name = postgres.secretName;
  const namespace = work.stack.metadata.namespace ?? '';
  const secret = await readRememberedSecret(work, name);
  const missing = missingKeys(secret, loginKeys);
  if (secret && missing.length === 0) return { kind: 'done', secret };
  if (postgres.mode === 'CloudNativePG') return awaitClusterLogin(work, name);
  const found = secret ? `it without ${missing.join(' and ')}` : 'no Secret of that name';
  return {
    kind: 'stalled',
    reason: 'SecretMissing',
    message:
      `spec.postgres.external.secretRef: expected Secret ${name} in namespace ${namespace} with the keys username and password, found ${found}. ` +
      `Create it: kubectl create secret generic ${name} -n ${namespace} --from-literal=username=… --from-literal=password=…`,
  };
}

/** CloudNativePG makes the Secret together with its Cluster. */
function awaitClusterLogin(work: Work, name: string): StepResult {
  const { message } = summarizeCluster(observeCluster(work.tools.cacheOf, work.stack));
  return {
    kind: 'waiting',
    reason: 'ClusterStarting',
    message: `CloudNativePG has not made Secret ${name} yet: ${message}`,
  };
}

type FoundSecret = { secret: KubernetesObject; result: StepResult };

async function findOrCreateSecret(work: Work): Promise<FoundSecret> {
  const { tools, stack, plan } = work;
  const key = { namespace: stack.metadata.namespace ?? '', name: plan.credentialsName };
  const cached = tools.cacheOf(builtIn.secret).get(key);
  if (cached) return { secret: cached, result: describeLeaving(cached, stack) };
  // A stack that was seen before has its Secret, if need be one without our labels; a new one mostly has none.
  const remembered = isNewStack(stack) ? undefined : await readRememberedSecret(work, key.name);
  if (remembered && !isOurs(remembered)) return { secret: remembered, result: { kind: 'done' } };
  try {
    const created = await tools.client.create(builtIn.secret, buildSecret(work));
    tools.cacheOf(builtIn.secret).noteWritten(created);
    recordCreated(work, [`Secret ${key.name} with generated passwords`]);
    return { secret: created, result: { kind: 'done' } };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const existing = await readRememberedSecret(work, key.name);
  if (!existing) throw new Error(`Secret ${key.name} was there and vanished while it was read`);
  if (isOurs(existing)) {
    // Ours after all: the watch was behind. From now on the cache shows it.
    tools.cacheOf(builtIn.secret).noteWritten(existing);
    return { secret: existing, result: describeLeaving(existing, stack) };
  }
  if (isNewStack(stack))
    tools.events.record(stack, 'Normal', 'Adopted', `Uses the passwords of the existing Secret ${key.name}`);
  return { secret: existing, result: { kind: 'done' } };
}

/** Whether a Secret is the operator's to write. */
export const isOurs = (secret: KubernetesObject): boolean =>
  secret.metadata.labels?.[labels.managedBy] === fieldManager;

/** A Secret on its way out is waited for: starting a database with its passwords would lock the stack out of it. */
function describeLeaving(secret: KubernetesObject, stack: KubernetesObject): StepResult {
  const formerStack = secret.metadata.ownerReferences?.some(
    (each) => each.kind === stack.kind && each.name === stack.metadata.name && each.uid !== stack.metadata.uid,
  );
  if (secret.metadata.deletionTimestamp === undefined && !formerStack) return { kind: 'done' };
  return {
    kind: 'waiting',
    reason: 'SecretLeaving',
    message: `Secret ${secret.metadata.name} is being deleted with the former stack of this name`,
  };
}

function buildSecret(work: Work): KubernetesObject {
  const { plan, stack, tools } = work;
  const owner = plan.deletionPolicy === 'Delete' ? { ownerReferences: [buildOwner(stack)] } : {};
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: plan.credentialsName,
      namespace: stack.metadata.namespace ?? '',
      labels: {
        [labels.name]: 'credentials',
        [labels.instance]: stack.metadata.name,
        [labels.component]: 'credentials',
        [labels.partOf]: 'chatstack',
        [labels.managedBy]: fieldManager,
      },
      ...owner,
    },
    type: 'Opaque',
    stringData: Object.fromEntries(credentialKeys.map((key) => [key, tools.buildPassword()])),
  };
}

/** `Delete` makes the stack an owner of its Secret, `Retain` ends that. Data and foreign owners are left alone. */
async function followDeletionPolicy(work: Work, secret: KubernetesObject): Promise<KubernetesObject> {
  if (!isOurs(secret)) return secret;
  const owners = secret.metadata.ownerReferences ?? [];
  const others = owners.filter((each) => each.uid !== work.stack.metadata.uid);
  const isOwned = others.length !== owners.length;
  if (isOwned === (work.plan.deletionPolicy === 'Delete')) return secret;
  const ownerReferences = isOwned ? others : [...others, buildOwner(work.stack)];
  const { name, namespace, resourceVersion } = secret.metadata;
  const patched = await work.tools.client.patch(
    builtIn.secret,
    { name, namespace: namespace ?? '' },
    { metadata: { resourceVersion, ownerReferences } },
  );
  work.tools.cacheOf(builtIn.secret).noteWritten(patched);
  return patched;
}

function buildOwner(stack: KubernetesObject): OwnerReference {
  const { apiVersion, kind } = chatStackResource;
  return { apiVersion, kind, name: stack.metadata.name, uid: stack.metadata.uid ?? '' };
}
