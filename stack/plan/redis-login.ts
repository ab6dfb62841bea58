import type { ServiceEnvironment } from '../config/service-environment.ts';
import { credential, type PlanInput } from './plan-input.ts';
import { protectionOf, redisProtection, type TlsPlan } from './plan-tls.ts';

/** Who the programs of a stack are to Redis, and how they check whom they talk to. The redis-operator's Redis has no certificate of the stack. */
export const redisLogin = (
  { name, spec, placement }: PlanInput,
  tls: TlsPlan | undefined,
): Omit<NonNullable<ServiceEnvironment['redis']>, 'host' | 'port'> => {
  const { mode, external } = spec.redis;
  const password = credential(name, 'redis-password');
  if (external === undefined) {
    const isForeign = mode === 'Opstree' && placement.kind === 'kubernetes';
    return { password, protection: isForeign ? { mode: 'disable' } : protectionOf(tls) };
  }
  const { secretRef } = external;
  const login = {
    username: { name: secretRef?.name ?? '', key: 'username' },
    password: { name: secretRef?.name ?? '', key: 'password' },
  };
  return { ...(secretRef === undefined ? {} : login), protection: redisProtection(external.tls) };
};
