import type { PlanInput } from './plan-input.ts';
import type { ReferencedSecret } from './stack-plan.ts';

/** RFC 7518: a key of HS256 has at least as many bits as its hash. */
const leastJwtSecret = 32;

const issuerSecret = ({ auth: { secretRef } }: PlanInput['spec']['service']): readonly ReferencedSecret[] =>
  secretRef === undefined
    ? []
    : [
        {
          field: 'spec.service.auth.secretRef',
          name: secretRef.name,
          keys: [secretRef.key],
          leastBytes: leastJwtSecret,
        },
      ];

const redisSecrets = ({ external }: PlanInput['spec']['redis']): readonly ReferencedSecret[] => {
  const login = external?.secretRef;
  const authority = external?.tls.caSecretRef;
  return [
    ...(login === undefined
      ? []
      : [{ field: 'spec.redis.external.secretRef', name: login.name, keys: ['password'], optionalKeys: ['username'] }]),
    ...(authority === undefined
      ? []
      : [{ field: 'spec.redis.external.tls.caSecretRef', name: authority.name, keys: [authority.key] }]),
  ];
};

/** The Secrets of the author that processes of the service cannot do without. */
export const planSecrets = ({ spec }: PlanInput): readonly ReferencedSecret[] => [
  ...issuerSecret(spec.service),
  ...redisSecrets(spec.redis),
];
