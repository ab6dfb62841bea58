import type { KubernetesObject } from '../../runtime/object.ts';
import { readSecretText } from '../secrets.ts';
import type { ReconcileTools } from '../work.ts';

/** A Postgres and a Redis that are nothing but the passwords they take. */
export interface PlayedServers extends Pick<ReconcileTools, 'changeLogins' | 'setPasswords'> {
  /** Makes them those of a new stack. */
  begin(secret: KubernetesObject): void;
  /** Who is let in, by what: that of Redis is of the role `redis`. */
  readonly accepted: () => readonly string[];
}

/** What clients who read this Secret log in with. */
export function listLogins(secret: KubernetesObject): string[] {
  const text = (key: string) => readSecretText(secret, key);
  const isSecond = 'service-user' in ((secret.data ?? {}) as object) && text('service-user') === 'chatstack_b';
  return [
    `${isSecond ? 'chatstack_b' : 'chatstack'} ${text('service-password')}`,
    `${isSecond ? 'pgbouncer_auth_b' : 'pgbouncer_auth'} ${text('pgbouncer-password')}`,
    `postgres ${text('postgres-password')}`,
    `redis ${text('redis-password')}`,
  ].toSorted();
}

/** Plays servers whose passwords are changed as the real ones' are. `changed` runs after each change, before it is answered. */
export function playServers(changed: () => Promise<void>): PlayedServers {
  const logins = new Map<string, string>();
  let cache: readonly string[] = [];
  return {
    begin(secret) {
      logins.clear();
      for (const login of listLogins(secret)) {
        const [role = '', password = ''] = login.split(' ');
        if (role === 'redis') cache = [password];
        else logins.set(role, password);
      }
    },
    accepted: () =>
      [
        ...[...logins].map(([role, password]) => `${role} ${password}`),
        ...cache.map((each) => `redis ${each}`),
      ].toSorted(),
    async changeLogins({ passwords }, change) {
      if (!passwords.includes(logins.get('postgres') ?? '')) return { kind: 'refused', reason: 'wrong password' };
      if ('allow' in change) for (const [role, password] of Object.entries(change.allow)) logins.set(role, password);
      else for (const role of Object.keys(change.deny)) logins.delete(role);
      await changed();
      return { kind: 'done' };
    },
    async setPasswords({ passwords }, accepted) {
      if (!passwords.some((each) => cache.includes(each))) return { kind: 'refused', reason: 'WRONGPASS' };
      cache = accepted;
      await changed();
      return { kind: 'done' };
    },
  };
}
