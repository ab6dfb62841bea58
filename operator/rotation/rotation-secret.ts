import { loginPairs } from '@chatstack/stack/config/bootstrap-sql.ts';
import type { CredentialKey, StackPlan } from '@chatstack/stack/plan/stack-plan.ts';
import type { KubernetesObject } from '../runtime/object.ts';

/**
 * How far a rotation is. All of it is in the Secret, and each arrow is one patch of it, bound to its version: whoever goes on after an
 * operator that ended finds what is to be done next.
 *
 *   Current ──other passwords are drawn──▶ Preparing ──servers take both; they change places──▶ Replacing
 *      ▲                                                                                         │ pods start with the others
 *      └──servers take the present ones alone── Dropping ◀──the former are removed, no pod has them
 */
export type RotationPhase = 'Current' | 'Preparing' | 'Replacing' | 'Dropping';

/** Annotations of the Secret. */
const annotations = {
  phase: 'chatstack.dev/rotation',
  /** When the last rotation ended. */
  rotatedAt: 'chatstack.dev/rotated-at',
  /** The request that was answered last. */
  request: 'chatstack.dev/rotation-request',
  /** `<revision> <revision>`: while pods start with the first, Postgres and Redis keep the second. */
  servers: 'chatstack.dev/servers-revision',
} as const;

const noted = ({ metadata }: KubernetesObject, name: keyof typeof annotations): string | undefined =>
  metadata.annotations?.[annotations[name]];

/** How far the rotation of a Secret is. */
export function phaseOf(secret: KubernetesObject): RotationPhase {
  const phase = noted(secret, 'phase');
  return phase === 'Preparing' || phase === 'Replacing' || phase === 'Dropping' ? phase : 'Current';
}

/** When its passwords were rotated last (milliseconds since 1970); undefined: never yet. */
export function rotatedAt(secret: KubernetesObject): number | undefined {
  const at = Date.parse(noted(secret, 'rotatedAt') ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** The request that it was rotated for last. */
export const answeredRequest = (secret: KubernetesObject): string | undefined => noted(secret, 'request');

/**
 * What Postgres and Redis carry instead of the revision of the present passwords: running servers were given them, and need no restart.
 * Undefined where they came otherwise, by the hand of somebody.
 */
export function keptRevision(secret: KubernetesObject, revision: string): string | undefined {
  const [given, kept] = (noted(secret, 'servers') ?? '').split(' ');
  return given === revision ? kept : undefined;
}

const passwordsOfPostgres = ['postgres-password', 'service-password', 'pgbouncer-password'] as const;

/** A password that a rotation replaces. */
export type RotatedKey = (typeof passwordsOfPostgres)[number] | 'pgbouncer-admin-password' | 'redis-password';

/** The passwords that are the operator's to rotate: those of servers that somebody else runs are not. */
export const rotatedKeys = ({ postgres, redis, placement }: StackPlan): readonly RotatedKey[] => [
  ...(postgres.mode === 'Managed' ? passwordsOfPostgres : []),
  ...(placement.pgbouncer.runs ? (['pgbouncer-admin-password'] as const) : []),
  ...(redis.mode === 'Managed' ? (['redis-password'] as const) : []),
];

/** The key of the other password that is valid during a rotation. */
export const otherKey = (key: RotatedKey): CredentialKey => `other-${key}`;

type Data = Readonly<Record<string, string | undefined>>;

const dataOf = (secret: KubernetesObject): Data => (secret.data ?? {}) as Data;

const decode = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

const encode = (text: string): string => Buffer.from(text).toString('base64');

/** The text of a key that need not be there. */
export function readOptional(secret: KubernetesObject, key: CredentialKey): string | undefined {
  const found = dataOf(secret)[key];
  return found === undefined ? undefined : decode(found);
}

const pairs = [
  { ...loginPairs.service, key: 'service-user' },
  { ...loginPairs.pgbouncer, key: 'pgbouncer-user' },
] as const;

/** Who of each pair has its turn, and who has not. */
export const turnsOf = (secret: KubernetesObject) =>
  pairs.map(({ first, second, key }) => {
    const isSecond = readOptional(secret, key) === second;
    return { key, current: isSecond ? second : first, other: isSecond ? first : second };
  });

/** A merge patch of the Secret, refused when it has changed since. `null` removes. */
export type SecretPatch = {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly annotations: Readonly<Record<string, string | null>>;
  };
  readonly data?: Readonly<Record<string, string | null>>;
};

const patch = (
  { metadata: { resourceVersion } }: KubernetesObject,
  notes: { readonly [name in keyof typeof annotations]?: string | null },
  data?: SecretPatch['data'],
): SecretPatch => ({
  metadata: {
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    annotations: Object.fromEntries(
      Object.entries(notes).map(([name, value]) => [annotations[name as keyof typeof annotations], value]),
    ),
  },
  ...(data === undefined ? {} : { data }),
});

/** Current → Preparing: the other passwords are there, and nobody knows them yet. */
export const buildPreparing = (
  secret: KubernetesObject,
  keys: readonly RotatedKey[],
  buildPassword: () => string,
  request: string | undefined,
): SecretPatch =>
  patch(
    secret,
    { phase: 'Preparing', ...(request === undefined ? {} : { request }) },
    Object.fromEntries(keys.map((key) => [otherKey(key), encode(buildPassword())])),
  );

/** Preparing → Replacing: the passwords and the logins change places. `revisionOf`: what pods carry for a Secret. */
export function buildReplacing(
  secret: KubernetesObject,
  keys: readonly RotatedKey[],
  revisionOf: (secret: KubernetesObject) => string,
): SecretPatch {
  const data = dataOf(secret);
  const swapped = keys.flatMap((key) => {
    const other = data[otherKey(key)];
    // Where the plan has come to hold more since it was prepared, that is left for the next time.
    return other === undefined ? [] : [[key, other] as const, [otherKey(key), data[key] ?? other] as const];
  });
  const hasLogins = swapped.some(([key]) => key === 'service-password');
  const users = hasLogins ? turnsOf(secret).map(({ key, other }) => [key, encode(other)] as const) : [];
  const change = Object.fromEntries([...swapped, ...users]);
  const revision = revisionOf(secret);
  const next = revisionOf({ ...secret, data: { ...data, ...change } });
  const servers = `${next} ${keptRevision(secret, revision) ?? revision}`;
  return patch(secret, { phase: 'Replacing', servers }, change);
}

/** Replacing → Dropping: nobody starts with the former passwords any more, not a server either. */
export function buildDropping(secret: KubernetesObject): SecretPatch {
  const others = Object.keys(dataOf(secret)).filter((key) => key.startsWith('other-'));
  return patch(secret, { phase: 'Dropping' }, Object.fromEntries(others.map((key) => [key, null])));
}

/** Dropping → Current. */
export const buildCurrent = (secret: KubernetesObject, now: number): SecretPatch =>
  patch(secret, { phase: null, rotatedAt: new Date(now).toISOString() });
