import { createHmac } from 'node:crypto';
import { credentialKeys } from '@chatstack/stack/plan/stack-plan.ts';
import { renderKubernetes } from '@chatstack/stack/render/kubernetes/render-kubernetes.ts';
import { isAlreadyExists } from '../runtime/api-error.ts';
import { buildControllerReference, type KubernetesObject, type OwnerReference } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import { chatStackResource, fieldManager, labels } from './child-kinds.ts';
import { missingKeys, readRememberedSecret, readSecretText, rememberMilliseconds } from './secrets.ts';
import type { StepResult } from './step.ts';
import { isNewStack, type Work } from './work.ts';

/** What the Secret of an external Postgres holds. */
const loginKeys = ['username', 'password'] as const;

/** How long until a Secret that no watch shows is looked at again, in milliseconds. */
const lookAgainMilliseconds = 5_000;

/**
 * Makes sure of every password the stack needs, then renders its manifests. The generated Secret is created once and never
 * overwritten: the passwords in it may be the only ones that open an existing volume. One that lacks our labels is only read.
 */
export async function ensureCredentials(work: Work): Promise<StepResult> {
  const login = await checkExternalLogin(work);
  if (login.kind !== 'done') return login;
  const found = await findOrCreateSecret(work);
  if (found.result.kind !== 'done') return found.result;
  const { secret } = found;
  const missing = missingKeys(secret, credentialKeys);
  if (missing.length > 0) {
    const name = secret.metadata.name;
    work.memory.readSecrets.delete(name);
    return {
      kind: 'stalled',
      reason: 'CredentialsIncomplete',
      message:
        `Secret ${name}: expected the keys ${credentialKeys.join(', ')}, found it without ${missing.join(', ')}. ` +
        `Add them: kubectl patch secret ${name} -n ${secret.metadata.namespace} -p '{"stringData":{"${missing[0]}":"…"}}'`,
      ...(isOurs(secret) ? {} : { afterMilliseconds: lookAgainMilliseconds }),
    };
  }
  work.credentials = await followDeletionPolicy(work, secret);
  work.manifests = renderKubernetes(work.plan, {
    namespace: work.stack.metadata.namespace ?? '',
    owner: buildControllerReference(work.stack),
    development: work.tools.development,
    credentialsRevision: buildRevision(secret, login.secret),
  });
  // No watch shows a Secret that isn't ours: whether its passwords have changed is seen by looking.
  const isWatched = isOurs(secret) && login.secret === undefined;
  return isWatched ? { kind: 'done' } : { kind: 'done', afterMilliseconds: rememberMilliseconds };
}

/**
 * What pods carry so that they start again when a password changes: the uid of the Secret, and a digest of every password that
 * is keyed by the generated ones, so that it tells nothing to who may read pods.
 */
export function buildRevision(secret: KubernetesObject, login: KubernetesObject | undefined): string {
  const key = credentialKeys.map((name) => readSecretText(secret, name)).join('\n');
  const words = login ? [login.metadata.uid, ...loginKeys.map((name) => readSecretText(login, name))] : [];
  const digest = createHmac('sha256', key).update(JSON.stringify(words)).digest('hex').slice(0, 16);
  return `${secret.metadata.uid}.${digest}`;
}

/** An external Postgres is entered with a Secret of the stack's author: without it nothing of the stack could start. */
async function checkExternalLogin(work: Work): Promise<StepResult & { secret?: KubernetesObject }> {
  if (work.plan.postgres.mode !== 'External') return { kind: 'done' };
  const name = work.plan.postgres.secretName;
  const namespace = work.stack.metadata.namespace ?? '';
  const secret = await readRememberedSecret(work, name);
  const missing = missingKeys(secret, loginKeys);
  if (secret && missing.length === 0) return { kind: 'done', secret };
  work.memory.readSecrets.delete(name);
  const found = secret ? `it without ${missing.join(' and ')}` : 'no Secret of that name';
  return {
    kind: 'stalled',
    reason: 'SecretMissing',
    message:
      `spec.postgres.external.secretRef: expected Secret ${name} in namespace ${namespace} with the keys username and password, found ${found}. ` +
      `Create it: kubectl create secret generic ${name} -n ${namespace} --from-literal=username=… --from-literal=password=…`,
    afterMilliseconds: lookAgainMilliseconds,
  };
}

type FoundSecret = { secret: KubernetesObject; result: StepResult };

async function findOrCreateSecret(work: Work): Promise<FoundSecret> {
  const { tools, stack, plan } = work;
  const key = { namespace: stack.metadata.namespace ?? '', name: plan.credentialsName };
  const cached = tools.cacheOf(builtIn.secret).get(key);
  if (cached) return { secret: cached, result: describeLeaving(cached, stack) };
  // A stack that was seen before has its Secret, if need be one that no watch shows; a new one mostly has none.
  const remembered = isNewStack(stack) ? undefined : await readRememberedSecret(work, key.name);
  if (remembered && !isOurs(remembered)) return { secret: remembered, result: { kind: 'done' } };
  try {
    const created = await tools.client.create(builtIn.secret, buildSecret(work));
    tools.cacheOf(builtIn.secret).noteWritten(created);
    tools.events.record(stack, 'Normal', 'Created', `Created Secret ${key.name} with generated passwords`);
    return { secret: created, result: { kind: 'done' } };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  const existing = await readRememberedSecret(work, key.name);
  if (!existing) throw new Error(`Secret ${key.name} was there and vanished while it was read`);
  if (isOurs(existing)) {
    // Ours after all: the watch was behind. From now on the cache shows it.
    work.memory.readSecrets.delete(key.name);
    tools.cacheOf(builtIn.secret).noteWritten(existing);
    return { secret: existing, result: describeLeaving(existing, stack) };
  }
  if (isNewStack(stack))
    tools.events.record(stack, 'Normal', 'Adopted', `Uses the passwords of the existing Secret ${key.name}`);
  return { secret: existing, result: { kind: 'done' } };
}

const isOurs = (secret: KubernetesObject): boolean => secret.metadata.labels?.[labels.managedBy] === fieldManager;

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
