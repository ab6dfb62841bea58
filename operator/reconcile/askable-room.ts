import { childName } from '@chatstack/stack/render/kubernetes/labels.ts';
import type { RoomTarget } from '../postgres-room/ask-room.ts';
import type { NamedWatches } from '../runtime/named-watches.ts';
import type { KubernetesObject, ObjectKey } from '../runtime/object.ts';
import { builtIn } from '../runtime/resource.ts';
import type { CacheOf } from './children.ts';
import { addressOf, observeServing, trustOf } from './poolers.ts';
import { missingKeys, readSecretText } from './secrets.ts';

/** What finding out where a stack's Postgres is asked for room needs. */
export interface RoomSources {
  readonly cacheOf: CacheOf;
  readonly namedSecrets: Pick<NamedWatches, 'peek'>;
}

/** Bound of the connection and of the question, in milliseconds. */
const timeoutMilliseconds = 3000;

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

/**
 * Where the Postgres of a stack is asked for room, and as whom: as processes of the service ask it, at a pooler or at a Postgres that the
 * stack runs itself. Undefined while none of them is ready, and where the service connects to a Postgres of somebody else. All of it is in
 * memory already.
 */
export function findRoomTarget({ cacheOf, namedSecrets }: RoomSources, stack: ObjectKey): RoomTarget | undefined {
  const { namespace } = stack;
  const variables = readEnvironment(
    cacheOf(builtIn.deployment).get({ namespace, name: childName(stack.name, 'service') }),
  );
  const read = (name: string): string | undefined => {
    const variable = variables.find((each) => each.name === name);
    const from = variable?.valueFrom?.secretKeyRef;
    if (from === undefined) return variable?.value;
    const key = { namespace, name: from.name };
    const secret = cacheOf(builtIn.secret).get(key) ?? namedSecrets.peek(key);
    return secret === undefined || missingKeys(secret, [from.key]).length > 0
      ? undefined
      : readSecretText(secret, from.key);
  };
  const url = read('DATABASE_URL');
  const [user, password] = [read('DATABASE_LOGIN_USER') ?? read('PGUSER'), read('PGPASSWORD')];
  if (url === undefined || !URL.canParse(url) || user === undefined || password === undefined) return undefined;
  const { hostname, port, pathname } = new URL(url);
  const component = (['pgbouncer', 'postgres'] as const).find((each) => childName(stack.name, each) === hostname);
  const [pod] = component === undefined ? [] : observeServing(cacheOf, { metadata: { ...stack } }, component);
  if (component === undefined || pod === undefined) return undefined;
  return {
    host: addressOf(pod),
    port: Number(port),
    database: decodeURIComponent(pathname.slice(1)),
    user,
    password,
    ...trustOf(cacheOf, pod, component),
    timeoutMilliseconds,
  };
}

function readEnvironment(deployment: KubernetesObject | undefined): readonly Variable[] {
  const { template } = (deployment?.spec ?? {}) as {
    template?: { spec?: { containers?: readonly { readonly env?: readonly Variable[] }[] } };
  };
  return template?.spec?.containers?.[0]?.env ?? [];
}
